"""Run it: `make screenshots`. The pictures of the README, taken of pages that show what simulated partners said."""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from host import chromium, world
from host.programs import NotThere
from host.signing_in import sign_in

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES: Final = 150 * 1024
_SIZE: Final = {"width": 960, "height": 560}
# Name, address, and what stands at the top of the picture.
_OF_THE_PUBLIC: Final = (
    ("compare", "/compare/returned", "figure"),
    ("story", "/stories/2008", ".footing-wide"),
)
_OF_STAFF: Final = (("staff", "/staff/schemes/workwell", ".footing-wide"),)
_NOT_THERE: Final = 3


def main() -> int:
    """0: taken; 1: one is too large for a README; 3: something that it needs is not there."""
    try:
        with world.running(_say) as everything, chromium.opened() as browser:
            page = browser.new_page(viewport=_SIZE)
            taken = [_take(page, name, everything.pages + path, top) for name, path, top in _OF_THE_PUBLIC]
            sign_in(page, everything)
            taken += [_take(page, name, everything.pages + path, top) for name, path, top in _OF_STAFF]
    except NotThere as missing:
        _say(f"make screenshots needs {missing}")
        return _NOT_THERE
    too_large = [file for file in taken if file.stat().st_size > MOST_BYTES]
    for file in taken:
        _say(f"{file.name}: {file.stat().st_size:,} bytes{', which is too large' if file in too_large else ''}")
    return 1 if too_large else 0


def _take(page: Page, name: str, address: str, top: str) -> Path:
    answer = page.goto(address)
    assert answer is not None and answer.ok, address
    page.locator(top).first.evaluate("each => each.scrollIntoView()")
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    return file


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
