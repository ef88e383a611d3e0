"""Live figures of staff: they change while one looks, and stay as they are while one has paused them.

They come after what is read off pages that nothing changes: what is said here changes some.
"""

import re
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from host.tour import Toured
from host.world import World

_SCHEME = "/staff/schemes/james-wigg"
_PATIENCE_MS = 30_000
_TEXTS = """() => Object.fromEntries(
  [...document.querySelectorAll('[data-live]')].map(each => [each.dataset.live, each.innerText]))"""
_SCHEME_OF = re.compile(r"/staff/schemes/([a-z0-9-]+)$")


def _people(page: Page) -> Locator:
    return page.locator('[data-live="synthetic//users/seed/k"]')


def _opened(page: Page, running: World) -> int:
    page.goto(running.pages + _SCHEME)
    expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "on", timeout=_PATIENCE_MS)
    return int(_people(page).inner_text().replace(",", ""))


def test_a_number_changes_while_the_page_is_open(member: Page, running: World) -> None:
    before = _opened(member, running)
    running.somebody_is_seen()
    expect(_people(member)).to_have_text(f"{before + 1:,}", timeout=_PATIENCE_MS)
    expect(member.get_by_role("status")).to_contain_text("changed")


def test_a_number_stays_while_paused_and_comes_up_to_date_after(member: Page, running: World) -> None:
    before = _opened(member, running)
    member.get_by_role("button", name="Pause updates").click()
    other = member.context.new_page()
    _opened(other, running)
    running.somebody_is_seen()
    expect(_people(other)).to_have_text(f"{before + 1:,}", timeout=_PATIENCE_MS)  # it has come by now
    assert _people(member).inner_text() == f"{before:,}"
    member.get_by_role("button", name="Go on with updates").click()
    expect(_people(member)).to_have_text(f"{before + 1:,}", timeout=_PATIENCE_MS)


def test_updates_are_paused_by_keyboard_alone(member: Page, running: World) -> None:
    _opened(member, running)
    member.get_by_role("button", name="Pause updates").focus()
    member.keyboard.press("Enter")
    expect(member.locator("[data-live-state]")).to_have_attribute("data-live-state", "paused")


def test_every_number_of_a_live_page_is_that_of_the_api(member: Page, live: Toured, running: World) -> None:
    found = [seen.address for seen in live.pages if _SCHEME_OF.search(seen.address)]
    assert len(found) > 20
    wrong = [said for address in found for said in _wrong(member, address, running)]
    assert not wrong, "\n".join(wrong)


def _wrong(page: Page, address: str, running: World) -> list[str]:
    page.goto(address)
    shown: dict[str, str] = page.evaluate(_TEXTS)
    scheme = _SCHEME_OF.findall(address)[0]
    told = httpx.get(f"{running.pages}/api/schemes/{scheme}/figures").json()["figures"]
    due = {name: text for figure in told if figure["area"] is None for name, text in _counts(figure).items()}
    return [f"{address} {name}: {shown.get(name)}, not {text}" for name, text in due.items() if shown.get(name) != text]


def _counts(figure: dict[str, Any]) -> dict[str, str]:
    kind = "synthetic" if figure["synthetic"] else "real"
    key = f"{kind}/{figure['area'] or ''}/{figure['measure']}/{figure['definition']}"
    said = {f"{key}/{name}": f"{figure[name]:,}" for name in ("k", "n", "u") if figure[name] is not None}
    if figure["low"] is not None:
        said[f"{key}/interval"] = f"{figure['low'] * 100:.1f} to {figure['high'] * 100:.1f} %"
    return said
