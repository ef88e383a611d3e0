"""A real Chromium, driven as somebody who looks at pages drives it; Debian's own is fetched where there is none."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from host.programs import NotThere

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_INSTALL_SECONDS: Final = 600


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser without a window, until the block ends. Raises `NotThere`."""
    path = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


def program() -> str:
    """Where it is; Debian's is installed if there is none and that can be done. Raises `NotThere`."""
    return _found() or _installed()


def _found() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _installed() -> str:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NotThere(f"a Chromium on the PATH ({', '.join(_NAMES)}); on Debian and Ubuntu: apt-get install chromium")
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        try:
            done = subprocess.run(
                ["apt-get", "-qq", *words], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=_INSTALL_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NotThere("a Chromium, which apt-get did not bring in time") from None
        if done.returncode:
            break
    found = _found()
    if found is None:
        raise NotThere("a Chromium, which apt-get could not install: can this machine reach its packages?")
    return found
