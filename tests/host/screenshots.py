"""Run it: `make screenshots`. The pictures of the README and of the docs, taken of what simulated partners said."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect
from rich.console import Console
from rich.text import Text

from host import chromium, world
from host.programs import NotThere
from host.signing_in import sign_in
from host.world import World

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
_BOARD_SIZE: Final = {"width": 1180, "height": 760}
_COLUMNS: Final = 132  # of the terminal in the picture of `footing status`
_SAID: Final = 60  # what comes by while the board is taken
_PATIENCE_MS: Final = 60_000


def main() -> int:
    """0: taken; 1: one is too large for a README; 3: something that it needs is not there."""
    try:
        with world.running(_say) as everything, chromium.opened() as browser:
            page = browser.new_page(viewport=_SIZE)
            taken = [_take(page, name, everything.pages + path, top) for name, path, top in _OF_THE_PUBLIC]
            sign_in(page, everything)
            taken += [_take(page, name, everything.pages + path, top) for name, path, top in _OF_STAFF]
            taken += [*_board(page, everything), _status(page, everything)]
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


def _board(page: Page, everything: World) -> list[Path]:
    """The first page of the board while something comes by: its answer, and how events flow."""
    page.set_viewport_size(_BOARD_SIZE)  # type: ignore[arg-type]
    for _ in range(_SAID):
        everything.somebody_is_seen()
    page.goto(f"{everything.board}/board")
    flowing = page.locator(".board-way--flows")
    expect(flowing.nth(6)).to_be_attached(timeout=_PATIENCE_MS)
    answer, flow = FOLDER / "board.png", FOLDER / "board-flow.png"
    page.screenshot(path=answer)
    page.locator("#flow-picture").screenshot(path=flow)
    return [answer, flow]


def _status(page: Page, everything: World) -> Path:
    """What `footing status` prints in a terminal."""
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("footing")), "status", "--stack", everything.stack.name],
        env={**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(_COLUMNS)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=False,
    ).stdout  # fmt: skip
    console = Console(record=True, width=_COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown))
    page.set_content(console.export_html(inline_styles=True))
    file = FOLDER / "status.png"
    page.locator("pre").screenshot(path=file)
    return file


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
