"""The way in for staff, as far as no service is needed: where a form leads, where it is from, who listens."""

import pytest
from fastapi import Request
from support.outcomes import known

from outcomes_service.dashboard.staff.live import MOST_A_MEMBER, Full, Live
from outcomes_service.progress import Watch
from servicekit.entrance import EVERYBODY, is_our_own_form
from servicekit.signing_in_pages import safe


def sent(**headers: str) -> Request:
    """A form as a client sent it to footing.example."""
    said = {"host": "footing.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    return Request({"type": "http", "method": "POST", "path": "/staff/sign-in", "headers": raw})


@pytest.mark.parametrize(
    "wanted",
    ["/staff", "/staff/due?scheme=leicester&overdue=true", "/staff/referrals/0190a0b0-0000-7000-8000-000000000001"],
)
def test_after_signing_in_the_page_comes_that_was_wanted(wanted: str) -> None:
    assert safe(wanted, "/staff") == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "https://elsewhere.example/staff",
        "//elsewhere.example/staff",
        "/staff//elsewhere.example",
        "/staff/..//elsewhere.example",
        "/\\elsewhere.example",
        "/staff\\@elsewhere.example",
        "/staff.elsewhere.example",
        "/staff@elsewhere.example",
        "/staffroom",
        "/staff/due\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/api/schemes",
    ],
)
def test_nobody_is_sent_elsewhere_by_signing_in(wanted: str | None) -> None:
    assert safe(wanted, "/staff") == "/staff"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"origin": "https://footing.example"},
        {},  # no browser: nobody's cookie can be made use of
    ],
)
def test_a_form_of_ours_is_taken(headers: dict[str, str]) -> None:
    assert is_our_own_form(sent(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site", "origin": "https://footing.example"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"origin": "https://elsewhere.example"},
        {"origin": "https://footing.example.elsewhere.example"},
        {"origin": "null"},
    ],
)
def test_a_form_from_elsewhere_is_not(headers: dict[str, str]) -> None:
    assert not is_our_own_form(sent(**headers))


async def test_nobody_listens_on_more_pages_than_they_can_look_at() -> None:
    live, scheme = Live(known(), Watch({})), known().schemes["leicester"]

    async def still_in() -> bool:
        return True

    for _ in range(MOST_A_MEMBER):
        await live.listen(None, scheme, who="ann", seen="", still_in=still_in)  # type: ignore[arg-type]
    with pytest.raises(Full):
        await live.listen(None, scheme, who="ann", seen="", still_in=still_in)  # type: ignore[arg-type]
    await live.listen(None, scheme, who="bob", seen="", still_in=still_in)  # type: ignore[arg-type]


def test_who_need_not_sign_in_sees_all() -> None:
    assert EVERYBODY.sees("leicester")
