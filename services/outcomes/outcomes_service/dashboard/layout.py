"""How every page is made: one layout, strict headers, an answer for what is not there.

A page extends `base.html` (blocks `title`, `main`; `band` for what stands under the navigation) and is answered with
`page(...)`. Staff pages give `staff=True`: another strap line, no caching, and scripts from our own address.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from outcomes_service.dashboard import assets
from outcomes_service.dashboard.naming import day, dimension
from outcomes_service.dashboard.wording import plain

Answer = Callable[[Request], Awaitable[Response]]

TEMPLATES: Final = Environment(
    loader=PackageLoader("outcomes_service", "dashboard/templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
TEMPLATES.globals |= {"asset": assets.address, "day": day}
TEMPLATES.filters |= {"plain": plain, "dimension": dimension}

PUBLIC_SECTIONS: Final = (
    ("/schemes", "Schemes"),
    ("/measures", "Measures"),
    ("/areas", "Areas"),
    ("/compare", "Compare"),
    ("/stories", "Stories"),
    ("/methods", "Methods"),
    ("/downloads", "Downloads"),
)
OWN_ONLY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; " \
    "frame-ancestors 'none'"  # fmt: skip
STAFF_SCRIPTS: Final = "; script-src 'self'; connect-src 'self'"
SAFE: Final = {"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


class NotHere(Exception):  # noqa: N818  it is an answer, and says what there is
    """A page that is not there: what was asked for, and (address, title) of each that is."""

    def __init__(self, title: str, detail: str, choices: Sequence[tuple[str, str]] = (), status: int = 404) -> None:
        super().__init__(title)
        self.title, self.detail, self.choices, self.status = title, detail, tuple(choices), status


def page(template: str, /, *, status: int = 200, staff: bool = False, **values: Any) -> Response:
    """The page as an answer. `here` (an address of a section) marks where in the navigation the reader is."""
    shown = {"here": None, "staff": staff, "sections": () if staff else PUBLIC_SECTIONS, **values}
    html = TEMPLATES.get_template(template).render(shown)
    kept = "no-store" if staff or status != 200 else "no-cache"
    policy = OWN_ONLY + STAFF_SCRIPTS if staff else OWN_ONLY
    headers = {**SAFE, "Content-Security-Policy": policy, "Cache-Control": kept}
    return Response(html, status, media_type="text/html; charset=utf-8", headers=headers)


def answered(answer: Answer, staff: bool = False) -> Answer:
    """The same answer, where `NotHere` becomes a page, or problem+json for who asked for JSON."""

    async def with_what_exists(request: Request) -> Response:
        try:
            return await answer(request)
        except NotHere as missing:
            return not_here(request, missing, staff)

    return with_what_exists


def not_here(request: Request, missing: NotHere, staff: bool = False) -> Response:
    """Says what is not there, and what is."""
    if wants_json(request):
        return problem(missing)
    return page("not_here.html", status=missing.status, staff=staff, missing=missing)


def problem(missing: NotHere) -> Response:
    """The same as problem+json (RFC 9457)."""
    there = f" There are: {', '.join(title for _, title in missing.choices)}." if missing.choices else ""
    said = {
        "type": "about:blank",
        "title": missing.title,
        "status": missing.status,
        "detail": missing.detail + there,
        "choices": [{"href": href, "title": title} for href, title in missing.choices],
    }
    return Response(msgspec.json.encode(said), missing.status, media_type="application/problem+json")


def wants_json(request: Request) -> bool:
    """Whether the client asks for JSON and not for a page."""
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "html" not in accepted
