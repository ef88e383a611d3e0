"""The operators' board in a browser: every page of it by its links, kept up to date, by keyboard, with script off."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from host.tour import DESK, PHONE, Looker, Seen, Toured, told, tour
from host.world import World

_PATIENCE_MS = 30_000
_MOST_BYTES = 300 * 1024  # an operator's page has some forty lanes, and all loops


@pytest.fixture(scope="session")
def board(axe: str, browser: Browser, running: World) -> Toured:
    """Every page of the board."""
    with browser.new_context() as context:
        return tour(Looker(context, axe), f"{running.board}/board")


def _wrong(pages: list[Seen]) -> dict[str, object]:
    """What is wrong with a page, by the rules of all pages."""
    found: dict[str, object] = {}
    for page in pages:
        too_wide = {size: width for size, width in page.widths.items() if width > size}
        too_heavy = page.bytes if page.bytes > _MOST_BYTES else None
        missing = page.status if page.status != 200 else page.missing_anchors
        every = (page.objections, too_wide, too_heavy, page.complaints, page.elsewhere, missing)
        if any(every):
            found[page.address] = [each for each in every if each]
    return found


def test_every_page_of_the_board_is_accessible_fits_a_phone_and_lacks_nothing(board: Toured) -> None:
    assert len(board.pages) >= 1
    found = _wrong(board.pages)
    assert not found, told(found)
    assert not {address: status for address, status in board.files.items() if status != 200}


def _opened(page: Page, running: World) -> None:
    page.goto(f"{running.board}/board")
    expect(page.locator("[data-live-state]")).to_have_attribute("data-live-state", "on", timeout=_PATIENCE_MS)


def test_the_board_changes_while_it_is_open_and_what_is_opened_stays_open(visitor: Page, running: World) -> None:
    _opened(visitor, running)
    visitor.get_by_text("The same as a table").click()
    before = visitor.locator('[data-fragment="answer"] p').first.inner_text()
    expect(visitor.locator('[data-fragment="answer"] p').first).not_to_have_text(before, timeout=_PATIENCE_MS)
    expect(visitor.locator("#flow-table")).to_have_attribute("open", "")


def test_the_board_stays_as_it_is_while_it_is_paused_by_keyboard(visitor: Page, running: World) -> None:
    _opened(visitor, running)
    visitor.get_by_role("button", name="Pause updates").focus()
    visitor.keyboard.press("Enter")
    expect(visitor.locator("[data-live-state]")).to_have_attribute("data-live-state", "paused")
    expect(visitor.get_by_role("status")).to_have_text("Paused. The page stays as it is.")
    expect(visitor.get_by_role("button", name="Go on with updates")).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_with_script_off_the_board_says_all_it_has_to_say(
    browser: Browser, running: World, size: dict[str, int]
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.goto(f"{running.board}/board")
        expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("fine"))
        for said in ("referral: gate", "outcomes: projector", "mongod"):
            expect(page.get_by_role("rowheader", name=said).first).to_be_visible()
        expect(page.get_by_role("button", name="Pause updates")).not_to_be_visible()
        expect(page.get_by_text("Open to everybody on this machine")).to_be_visible()
