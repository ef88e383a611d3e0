"""Every page for staff, by its path. The gate has let the request by: `member_of` says who asks."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from outcomes_service import referrals, store
from outcomes_service.counted import UntilCounted
from outcomes_service.dashboard.layout import Answer, NotHere, answered, page
from outcomes_service.dashboard.staff import shown, story
from outcomes_service.dashboard.staff.common import area_of, database_of, day_now, scheme_of, seen, staff_page
from outcomes_service.dashboard.staff.due import CHECKPOINTS, due
from outcomes_service.dashboard.staff.gate import SIGN_IN, problem
from outcomes_service.dashboard.staff.live import Full, Live
from outcomes_service.indicators.case import Case
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import DATA_QUALITY
from outcomes_service.lineage import Identity, lineage
from outcomes_service.store import Figure, Kept
from servicekit.entrance import Entrance, member_of
from servicekit.signing_in_pages import SigningIn

MOST_ROWS: Final = 200  # of a table that may be long: a page has 200 KiB; what is not shown is said
_RETRY_SECONDS: Final = 30


def routes(known: Known, entrance: Entrance, live: Live) -> APIRouter:
    """The pages, the forms of the way in, and the streams of events."""
    router, pages, way_in = APIRouter(), StaffPages(known, entrance, live), SigningIn(entrance, "/staff", _form)
    found: dict[str, Answer] = {
        SIGN_IN: way_in.ask,
        "/staff": pages.start,
        "/staff/schemes/{scheme_id}": pages.scheme,
        "/staff/referrals": pages.find,
        "/staff/referrals/{referral_id}": pages.referral,
        "/staff/referrals/{referral_id}/events/{partner}/{type}/{event_id}": pages.event,
        "/staff/due": pages.due,
        "/staff/quality": pages.quality,
        "/staff/live/schemes/{scheme_id}": pages.live,
    }
    for path, answer in found.items():
        router.add_api_route(path, answered(answer, staff=True), methods=["GET"], response_model=None)
    for path, sent in {SIGN_IN: way_in.sign_in, "/staff/sign-out": way_in.sign_out}.items():
        router.add_api_route(path, sent, methods=["POST"], response_model=None)
    return router


def _form(wanted: str, wrong: str | None, status: int) -> Response:
    return page("staff/sign_in.html", status=status, staff=True, wanted=wanted, wrong=wrong)


class StaffPages:
    """The pages, each for what its member may see."""

    def __init__(self, known: Known, entrance: Entrance, live: Live) -> None:
        self._known, self._entrance, self._live = known, entrance, live
        self._quality = {measure.id for measure in known.measures.values() if measure.family == DATA_QUALITY}
        self._kept = UntilCounted[Mapping[str, list[Figure]]]()

    async def start(self, request: Request) -> Response:
        """The schemes that the member sees, and the way to a referral."""
        return staff_page(request, "start.html", here="/staff", schemes=seen(request, self._known))

    async def scheme(self, request: Request) -> Response:
        """The live figures of one scheme, or of one of its areas."""
        scheme, today = scheme_of(request, self._known), day_now()
        area = area_of(scheme, request.query_params.get("area"))
        title, of_it = (f"{scheme.title}, {area.title}", area.id) if area else (scheme.title, None)
        everywhere = await self._live.figures(request.app.state.running, scheme, today)
        figures = [figure for figure in everywhere if figure.area == of_it]
        measures = dict.fromkeys(figure.measure for figure in figures)
        return staff_page(
            request,
            "scheme.html",
            scheme=scheme,
            area=area,
            title=title,
            groups=shown.groups(figures, title, self._known.measures),
            columns=shown.COLUMNS,
            measures=[self._known.measures[name] for name in measures],
            as_of=today,
            state=shown.state(shown.texts(figures)),
        )

    async def find(self, request: Request) -> Response:
        """From a reference that was typed to its page."""
        wanted = request.query_params.get("id", "").strip()
        address = f"/staff/referrals/{quote(wanted, safe='')}" if wanted else "/staff"
        return Response(status_code=303, headers={"Location": address})

    async def referral(self, request: Request) -> Response:
        """What the journey of a referral says, and what it is counted in."""
        there, today = await self._referral(request), day_now()
        return staff_page(
            request,
            "referral.html",
            journey=there.journey,
            facts=story.facts_of(there.journey, self._known),
            counted=story.counted_in(there.journey, there.person, self._known, today),
            events=story.events_of(there.journey),
            as_of=today,
        )

    async def event(self, request: Request) -> Response:
        """What one event of a referral is counted in, or why it is not."""
        there, said = await self._referral(request), request.path_params
        of = Identity(said["partner"], said["type"], said["event_id"])
        told = next((t for t in story.events_of(there.journey) if (t.partner, t.type, t.id) == of), None)
        if told is None:
            address = f"/staff/referrals/{there.journey.id}"
            raise NotHere("No such event", "The referral has no event of this name.", [(address, "its events")])
        found = lineage(there.journey, there.person, of, self._known, day_now())
        return staff_page(request, "event.html", journey=there.journey, told=told, found=found)

    async def due(self, request: Request) -> Response:
        """What is to be done in a scheme, in time or late; without a scheme, the choice of one."""
        there, wanted = seen(request, self._known), request.query_params.get("scheme")
        if wanted is None and len(there) != 1:
            return staff_page(request, "due_of_which.html", here="/staff/due", schemes=there)
        scheme, today = scheme_of(request, self._known, wanted or there[0].id), day_now()
        late_only = request.query_params.get("overdue") == "true"
        found, read = [], 0
        async for journey in referrals.maybe_due(database_of(request), scheme.id, today, CHECKPOINTS):
            read += 1
            items = due(Case(journey, scheme, scheme.definitions[0]), today)
            found += [item for item in items if item.due_on < today or not late_only]
        kinds = [(kind, sorted(item for item in found if item.synthetic is kind)) for kind in (False, True)]
        return staff_page(
            request,
            "due.html",
            here="/staff/due",
            scheme=scheme,
            kinds=[(kind, items) for kind, items in kinds if items],
            areas={area.id: area.title for area in scheme.areas},
            late_only=late_only,
            today=today,
            most=MOST_ROWS,
            all_read=read < referrals.MOST_READ,
        )

    async def quality(self, request: Request) -> Response:
        """How good the data of each scheme are, one beside the other in the order of the schemes."""
        day, there = day_now(), seen(request, self._known)
        qualities = await self._qualities(request, day)
        found = [figure for scheme in there for figure in qualities[scheme.id]]
        return staff_page(
            request,
            "quality.html",
            here="/staff/quality",
            kinds=shown.qualities(found, self._known.schemes),
            measures=[self._known.measures[name] for name in dict.fromkeys(figure.measure for figure in found)],
            as_of=day,
        )

    async def _qualities(self, request: Request, day: date) -> Mapping[str, list[Figure]]:
        """What is said of the data of each scheme as a whole."""
        database = database_of(request)

        async def make() -> dict[str, list[Figure]]:
            found: dict[str, list[Figure]] = {}
            for scheme in self._known.schemes.values():
                figures = await store.figures(database, self._known, scheme, day, of=self._quality)
                found[scheme.id] = [figure for figure in figures if figure.area is None]
            return found

        return await self._kept.get("quality", database, day, make)

    async def live(self, request: Request) -> Response:
        """The stream of what changes in a scheme's figures."""
        running, scheme = request.app.state.running, scheme_of(request, self._known)
        state = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        who, area = member_of(request), area_of(scheme, request.query_params.get("area"))

        async def still_in() -> bool:
            now = await self._entrance.who(request)
            return now is not None and now.sees(scheme.id)

        try:
            of_it = area.id if area else None
            return await self._live.listen(running, scheme, of_it, who=who.name, seen=state, still_in=still_in)
        except Full:
            said = "As many pages are kept up to date as may be: load the page again instead."
            return problem(503, "Too many listen", said, {"Retry-After": str(_RETRY_SECONDS)})

    async def _referral(self, request: Request) -> Kept:
        """The referral that the path names, if it is of a scheme that the member sees."""
        there = await store.kept_of(database_of(request), request.path_params["referral_id"])
        member, missing = member_of(request), "No referral of this reference is known in a scheme that you may see."
        if there is None or (there.journey.scheme_id is None and there.journey.erased_at is None):
            raise NotHere("No such referral", missing, [("/staff", "Schemes")])
        if not (member.schemes is None or member.sees(there.journey.scheme_id or "")):
            raise NotHere("No such referral", missing, [("/staff", "Schemes")])
        return there
