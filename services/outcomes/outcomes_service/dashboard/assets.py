"""The files that pages need beside themselves: our own, and the styles in `vendor/govuk-frontend`."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import Response

_OURS: Final = Path(__file__).parent / "static"
_STYLES: Final = "govuk-frontend/govuk-frontend.css"
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"  # the address has the hash of the content
_A_WHILE: Final = "public, max-age=300"


class Asset(NamedTuple):
    """A file as it is sent; `version` follows from its content."""

    content: bytes
    kind: str
    version: str


def vendor() -> Path:
    """`VENDOR_DIR` of the environment, else the folder of the checkout. FileNotFoundError if it has no styles."""
    found = Path(os.environ.get("VENDOR_DIR") or Path(__file__).resolve().parents[4] / "vendor")
    if not (found / _STYLES).is_file():
        raise FileNotFoundError(f"no styles in {found}: let VENDOR_DIR name the folder with {_STYLES}")
    return found


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its name, read once."""
    return dict(_read())


def _read() -> Iterator[tuple[str, Asset]]:
    for path in (*sorted(_OURS.iterdir()), vendor() / _STYLES):
        yield path.name, asset_of(path)


def asset_of(path: Path) -> Asset:
    """A file, read now."""
    content = path.read_bytes()
    return Asset(content, _KINDS[path.suffix], hashlib.sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """Where a page finds the file; another address when its content changes, so that it may be kept for ever."""
    return f"/assets/{name}?v={assets()[name].version}"


def answer(asset: Asset, version: str | None) -> Response:
    """The file; kept for ever only under the address that names its content."""
    kept = _FOR_EVER if version == asset.version else _A_WHILE
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(asset.content, media_type=asset.kind, headers=headers)
