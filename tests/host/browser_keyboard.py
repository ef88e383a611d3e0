"""Pages with nothing but a keyboard: skip to what matters, go through in order, see where one is, scroll."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from host.tour import PHONE
from host.world import World

_PAGES = ("/", "/schemes/workwell", "/measures/returned", "/compare", "/methods", "/staff/sign-in")
_MOST_STOPS = 60  # of a page: what comes after is of the same kind

# What the keyboard can come to, in the order in which it stands: of radio buttons of one name the first alone.
_STOPS = """() => {
  const names = new Set();
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  return all.filter(each => each.checkVisibility() && !each.disabled).filter(each => {
    if (each.type !== 'radio') return true;
    const is_first = !names.has(each.name);
    names.add(each.name);
    return is_first;
  }).map((each, number) => { each.dataset.stop = number; return number; });
}"""
_HERE = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const is_shown = box.bottom > 0 && box.top < innerHeight && box.width > 1 && box.height > 1;
  const is_marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  return {stop: Number(at.dataset.stop ?? -1), name: at.innerText || at.id, shown: is_shown, marked: is_marked,
          main: !!at.closest('main')};
}"""
_WIDE = """() => { const wide = [...document.querySelectorAll('[role=region][tabindex="0"]')]
  .findIndex(each => each.scrollWidth > each.clientWidth); return wide; }"""


@pytest.fixture(params=_PAGES)
def page(request: pytest.FixtureRequest, visitor: Page, running: World) -> Iterator[Page]:
    visitor.goto(f"{running.pages}{request.param}")
    yield visitor


def test_the_first_stop_skips_to_the_main_content(page: Page) -> None:
    page.keyboard.press("Tab")
    here = page.evaluate(_HERE)
    assert here["shown"]
    assert "skip" in here["name"].lower()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.evaluate(_HERE)
    assert first["main"] or not page.locator("main a, main button, main input, main [tabindex='0']").count()


def test_every_stop_is_reached_in_order_and_shows_where_one_is(page: Page) -> None:
    stops = page.evaluate(_STOPS)[:_MOST_STOPS]
    seen = []
    for _ in stops:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(_HERE))
    assert [each["stop"] for each in seen] == stops
    assert not [each["name"] for each in seen if not each["shown"]]
    assert not [each["name"] for each in seen if not each["marked"]]


def test_a_table_wider_than_a_phone_scrolls_by_arrow_keys(visitor: Page, running: World) -> None:
    visitor.set_viewport_size(PHONE)
    visitor.goto(f"{running.pages}/schemes/workwell")
    region = visitor.locator('[role=region][tabindex="0"]').nth(visitor.evaluate(_WIDE))
    region.focus()
    visitor.keyboard.press("ArrowRight")
    visitor.wait_for_function("region => region.scrollLeft > 0", arg=region.element_handle())


def test_staff_sign_in_with_the_keyboard(visitor: Page, running: World) -> None:
    visitor.goto(f"{running.pages}/staff/sign-in")
    _tab_to(visitor, "token")
    visitor.keyboard.type(running.staff_token)
    visitor.keyboard.press("Enter")
    visitor.wait_for_url(f"{running.pages}/staff")


def test_another_release_is_chosen_with_the_keyboard(visitor: Page, running: World) -> None:
    visitor.goto(f"{running.pages}/schemes/workwell")
    _tab_to(visitor, "release")
    visitor.keyboard.press("End")
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url(f"{running.pages}/schemes/workwell?release=made-up-exact")
    expect(visitor.get_by_text("Exact (open profile)")).to_be_visible()


def _tab_to(page: Page, element_id: str) -> None:
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == element_id:
            return
    raise AssertionError(f"no stop is {element_id}")
