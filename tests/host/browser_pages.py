"""What holds for every page: public ones, those of staff, those of the contract. They are found by following links."""

from collections.abc import Callable

from playwright.sync_api import Browser

from host.tour import Looker, Seen, Toured, some_of_each, told, tour

_MOST_BYTES = 200 * 1024


def _where(pages: list[Seen], wrong: Callable[[Seen], object]) -> dict[str, object]:
    return {page.address: found for page in pages if (found := wrong(page))}


def test_axe_finds_no_violation_on_any_page(sites: Toured) -> None:
    found = _where(sites.pages, lambda page: page.objections)
    assert not found, told(found)


def test_no_page_scrolls_sideways_on_a_phone_or_at_twice_the_size(sites: Toured) -> None:
    found = _where(sites.pages, lambda page: {size: is_ for size, is_ in page.widths.items() if is_ > size})
    assert not found, told(found)


def test_no_page_weighs_more_than_200_kilobytes_with_all_that_belongs_to_it(sites: Toured) -> None:
    found = _where(sites.pages, lambda page: page.bytes if page.bytes > _MOST_BYTES else None)
    assert not found, told(found)


def test_no_page_breaks_its_own_policy_or_lacks_anything(sites: Toured) -> None:
    found = _where(sites.pages, lambda page: page.complaints)
    assert not found, told(found)


def test_no_page_asks_another_host(sites: Toured) -> None:
    found = _where(sites.pages, lambda page: page.elsewhere)
    assert not found, told(found)


def test_every_link_leads_to_what_is_there(sites: Toured) -> None:
    pages = _where(sites.pages, lambda page: page.status if page.status != 200 else page.missing_anchors)
    files = {address: status for address, status in sites.files.items() if status != 200}
    assert not pages | files, told(pages | files)


def test_every_page_has_a_title_of_its_own(sites: Toured) -> None:
    titles = [page.title for page in sites.pages if "?" not in page.address]
    assert sorted(titles) == sorted(set(titles))


def test_with_script_off_pages_say_the_same(sites: Toured) -> None:
    looked_at = some_of_each(sites.pages)
    other = _where(looked_at, lambda page: page.text != page.text_without_script and page.text_without_script)
    assert not other, told(other)


def test_public_pages_have_no_script_that_could_be_off(public: Toured) -> None:
    found = _where(public.pages, lambda page: page.scripts)
    assert not found, told(found)


_WRONG = """<!doctype html><html><head><title>Wrong</title></head><body><main><h1>Wrong</h1>
<img src="picture.png"><img alt="" src="http://elsewhere.invalid/x.png"><a href="#nowhere">On</a>
<script>document.querySelector('h1').append('!')</script><div style="width: 900px">Wide</div>PADDING
</main></body></html>"""


def test_a_page_on_which_all_of_it_is_wrong_is_found_out(browser: Browser, axe: str) -> None:
    with browser.new_context() as context:
        context.route(
            "http://wrong.invalid/",
            lambda route: route.fulfill(
                body=_WRONG.replace("PADDING", "x " * _MOST_BYTES),
                headers={"Content-Security-Policy": "script-src 'self'", "Content-Type": "text/html"},
            ),
        )
        context.route("**/*.png", lambda route: route.fulfill(status=404, body=""))
        (seen,) = tour(Looker(context, axe), "http://wrong.invalid/").pages
    assert {each.split(" ")[0] for each in seen.objections} >= {"image-alt", "html-has-lang"}
    assert seen.widths[320] > 320
    assert seen.bytes > _MOST_BYTES
    assert any("Content Security Policy" in each for each in seen.complaints)
    assert any("404" in each for each in seen.complaints)
    assert seen.elsewhere == ["http://elsewhere.invalid/x.png"]
    assert seen.missing_anchors == ["#nowhere"]
