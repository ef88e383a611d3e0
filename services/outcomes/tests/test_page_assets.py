"""The files that pages need: found where they stand, kept under the address of their content, nobody's brand."""

from pathlib import Path

import pytest

from outcomes_service.dashboard.assets import address, answer, assets, vendor


def test_a_file_is_kept_for_ever_only_under_the_address_of_its_content() -> None:
    style = assets()["govuk-frontend.css"]
    assert address("govuk-frontend.css") == f"/assets/govuk-frontend.css?v={style.version}"
    assert answer(style, style.version).headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in (None, "0" * 12):
        assert answer(style, other).headers["cache-control"] == "public, max-age=300"


def test_the_styles_bring_neither_typeface_nor_picture_nor_crown() -> None:
    style = assets()["govuk-frontend.css"].content.decode()
    for brand in ("GDS Transport", "@font-face", "url(", "crest", "crown", "govuk-header"):
        assert brand not in style
    assert ".govuk-table" in style


def test_all_files_together_leave_room_for_a_page() -> None:
    assert sum(len(asset.content) for asset in assets().values()) < 90 * 1024


def test_styles_that_are_not_there_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VENDOR_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="let VENDOR_DIR name the folder with govuk-frontend"):
        vendor()
