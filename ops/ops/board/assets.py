"""The files that the board's pages need: its own, and those of the staff pages, styles included."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from outcomes_service.dashboard import assets as theirs
from outcomes_service.dashboard.assets import Asset, asset_of

_OURS: Final = Path(__file__).parent / "static"


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its name, read once."""
    return {**theirs.assets(), **{path.name: asset_of(path) for path in sorted(_OURS.iterdir())}}


def address(name: str) -> str:
    """Where a page finds the file; another address when its content changes, so that it may be kept for ever."""
    return f"/assets/{name}?v={assets()[name].version}"
