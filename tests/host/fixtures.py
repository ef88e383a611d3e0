"""What the tests in a browser share: one world, one browser, one tour of each site."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from host import chromium, programs, world
from host.signing_in import sign_in
from host.tour import DESK, Looker, Toured, tour
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
def public(browser: Browser, axe: str, running: World) -> Toured:
    """Every public page."""
    with browser.new_context() as context:
        return tour(Looker(context, axe), f"{running.pages}/")


@pytest.fixture(scope="session")
def contract(browser: Browser, axe: str, running: World) -> Toured:
    """Every page of the contract, at the door."""
    with browser.new_context() as context:
        return tour(Looker(context, axe), f"{running.door}/contract")


@pytest.fixture(scope="session")
def live(browser: Browser, axe: str, running: World) -> Toured:
    """Every page of staff: of referrals, events and what stands behind figures a few of each."""
    with browser.new_context() as context:
        looker = Looker(context, axe)
        sign_in(looker.page, running)
        return tour(looker, f"{running.pages}/staff")


@pytest.fixture(scope="session")
def sites(public: Toured, live: Toured, contract: Toured) -> Toured:
    """Every page there is."""
    every = (public, live, contract)
    return Toured([page for site in every for page in site.pages], public.files | live.files | contract.files)


@pytest.fixture
def member(visitor: Page, running: World) -> Page:
    """Somebody of staff, signed in."""
    sign_in(visitor, running)
    return visitor
