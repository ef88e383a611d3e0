"""What the tests in a browser share: one world, one browser, one tour of each site."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page

from host import chromium, programs, world
from host.signing_in import sign_in
from host.tour import DESK, Looker, Toured, some_of_each, tour
from host.world import World


@pytest.fixture(scope="session")
def running() -> Iterator[World]:
    with world.running(lambda line: sys.stderr.write(f"{line}\n")) as everything:
        yield everything


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def axe() -> str:
    return programs.axe()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody who has not been here before."""
    with browser.new_context(viewport=DESK) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def tours(axe: str, running: World) -> dict[str, Toured]:
    """Every page there is, each once with script and once without, in two browsers side by side."""

    def enter(page: Page) -> None:
        sign_in(page, running)

    with ThreadPoolExecutor(2) as both:
        public = both.submit(_toured, axe, f"{running.pages}/")
        live = both.submit(_toured, axe, f"{running.pages}/staff", enter)
        contract = both.submit(_toured, axe, f"{running.door}/contract")
        return {"public": public.result(), "contract": contract.result(), "live": live.result()}


def _toured(axe: str, start: str, enter: Callable[[Page], None] = lambda _: None) -> Toured:
    with chromium.opened() as browser:
        with browser.new_context() as context:
            looker = Looker(context, axe)
            enter(looker.page)
            found = tour(looker, start)
        with browser.new_context(java_script_enabled=False) as context:
            looker = Looker(context, None)
            enter(looker.page)
            for page in some_of_each(found.pages):
                page.text_without_script = looker.text(page.address)
    return found


@pytest.fixture(scope="session")
def public(tours: dict[str, Toured]) -> Toured:
    """Every public page."""
    return tours["public"]


@pytest.fixture(scope="session")
def live(tours: dict[str, Toured]) -> Toured:
    """Every page of staff: of referrals, events and what stands behind figures a few of each."""
    return tours["live"]


@pytest.fixture(scope="session")
def sites(tours: dict[str, Toured]) -> Toured:
    """Every page there is, those of the contract too."""
    files = {address: status for site in tours.values() for address, status in site.files.items()}
    return Toured([page for site in tours.values() for page in site.pages], files)


@pytest.fixture
def member(visitor: Page, running: World) -> Page:
    """Somebody of staff, signed in."""
    sign_in(visitor, running)
    return visitor
