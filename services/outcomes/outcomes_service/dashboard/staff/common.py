"""What pages for staff share: who sees which schemes, and how a page begins."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from fastapi import Request, Response

from outcomes_service import store
from outcomes_service.dashboard.layout import NotHere, page
from outcomes_service.dashboard.staff import story
from outcomes_service.indicators.catalogue import Known
from schemes.model import Area, Scheme
from servicekit.days import day_of
from servicekit.entrance import COOKIE, member_of

SECTIONS: Final = (("/staff", "Schemes"), ("/staff/due", "Due"), ("/staff/quality", "Data quality"))


def staff_page(request: Request, template: str, **values: Any) -> Response:
    """A page under `templates/staff`."""
    who, signed_in = member_of(request).name, COOKIE in request.cookies
    shared: dict[str, Any] = {"sections": SECTIONS, "who": who, "signed_in": signed_in, "parts_of": story.parts_of}
    return page(f"staff/{template}", staff=True, **shared, **values)


def seen(request: Request, known: Known) -> list[Scheme]:
    """The schemes that whoever asks may see."""
    member = member_of(request)
    return [scheme for scheme in known.schemes.values() if member.sees(scheme.id)]


def scheme_of(request: Request, known: Known, wanted: str | None = None) -> Scheme:
    """The scheme of this id, or that the path names, if whoever asks may see it. Raises `NotHere`."""
    scheme_id = request.path_params["scheme_id"] if wanted is None else wanted
    there = seen(request, known)
    for scheme in there:
        if scheme.id == scheme_id:
            return scheme
    raise NotHere("No such scheme", "You may see these schemes.", choices(there))


def area_of(scheme: Scheme, wanted: str | None) -> Area | None:
    """The area asked for, if one is. Raises `NotHere`."""
    if wanted is None:
        return None
    if (found := scheme.area(wanted)) is None:
        there = [(f"/staff/schemes/{scheme.id}?area={area.id}", area.title) for area in scheme.areas]
        raise NotHere("No such area", f"{scheme.title} has these areas.", there)
    return found


def choices(schemes: Iterable[Scheme]) -> list[tuple[str, str]]:
    """Addresses and titles of schemes."""
    return [(f"/staff/schemes/{scheme.id}", scheme.title) for scheme in schemes]


def database_of(request: Request) -> store.Database:
    """The database of the service."""
    database: store.Database = request.app.state.running.database
    return database


def day_now() -> date:
    """The day in London."""
    return day_of(datetime.now(UTC))
