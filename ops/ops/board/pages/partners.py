"""Partners: who speaks, who is late or silent, what may be missing, which share of what they say is refused."""

from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from ops.board.acting import done
from ops.board.frame import START, TEMPLATES, board_page
from ops.board.here import here
from ops.speaking import MOST_FATES, flight, gap, missing, refused_shares, since, when

PARTNERS: Final = f"{START}/partners"
_WORST_FIRST: Final = ("silent", "late")

TEMPLATES.filters |= {"gap": gap, "state_since": since, "when": when, "flight": flight}


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()
    router.add_api_route(PARTNERS, page, methods=["GET"], response_model=None)
    return router


async def page(request: Request) -> Response:
    """Whoever is silent first. What the door said last stands there, with when that was."""
    of = here(request)
    beside = of.sampler.newest.beside.get(of.installation.name)
    said = beside.quiet if beside else None
    partners = sorted(said.partners, key=lambda each: each.state not in _WORST_FIRST) if said else []
    lacks = {each.partner: await done(partial(missing, each, said.at)) for each in partners} if said else {}
    shares = await refused_shares(of.database_of("door"))
    return board_page(
        request, "board/partners.html", here=PARTNERS, said=said, partners=partners, lacks=lacks, shares=shares,
        most=MOST_FATES,
    )  # fmt: skip
