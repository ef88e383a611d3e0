"""Every number of a table of figures is the number of the release, or of the API: to the digit, and no other."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from host.figures import Cells, Row, disagreements
from host.tour import Seen, Toured
from host.world import World

_FIXED = ("scheme", "measure", "definition")
_FIGURES = {"Figure", "Count", "Out of", "Unknown", "95 % interval"}  # a table with these columns shows figures
_SUBJECT = re.compile(r"/(scheme|measure|area|compare)s?/([^/?#]+)")
_OTHERWISE = {"compare": "measure"}
_TOGETHER = ((), ("scheme",), ("measure",), ("scheme", "measure"), ("scheme", "measure", "definition"), ("definition",))


@pytest.fixture(scope="session")
def releases(running: World) -> Mapping[str, Any]:
    """Every published release, whole, as it is downloaded."""
    with httpx.Client(base_url=running.pages) as http:
        ids = [each["id"] for each in http.get("/releases").json()["releases"] if each["status"] == "published"]
        return {each: http.get(f"/releases/{each}.json").json() for each in ids}


def test_every_number_of_a_public_table_is_that_of_the_release(public: Toured, releases: Mapping[str, Any]) -> None:
    tables = [(page, table) for page in public.pages for table in page.tables if set(table["columns"]) >= _FIGURES]
    wrong = [said for page, table in tables for said in _wrong(page, table, releases)]
    assert not wrong, "\n".join(wrong)
    assert len(tables) > 50  # every scheme, measure and area with figures has one


def test_the_page_of_a_scheme_has_every_figure_of_it_as_a_whole(public: Toured, releases: Mapping[str, Any]) -> None:
    pages = [page for page in public.pages if re.search("/schemes/[a-z0-9-]+$", page.address)]
    shown = {
        page.address: sum(len(each["rows"]) for each in page.tables if "Measure" in each["columns"]) for page in pages
    }
    wholes = {
        page.address: max((len(rows) for rows in _parts(page, releases[page.release], 0)), default=0) for page in pages
    }
    assert shown == wholes


def _wrong(page: Seen, table: Mapping[str, Any], releases: Mapping[str, Any]) -> Iterator[str]:
    """Nothing, if the rows are those of one part of the release, in its order; else what came nearest."""
    release = releases[page.release]
    units = {each["measure"]: each["unit"] for each in release["definitions"]}
    tried = [list(_differences(table, part, units)) for part in _parts(page, release, len(table["rows"]))]
    nearest = min(tried, key=len, default=["no part of the release has so many rows"])
    for said in nearest:
        yield f"{page.address}, {table['caption']}: {said}"


def _parts(page: Seen, release: Mapping[str, Any], length: int) -> Iterator[list[Row]]:
    """Rows about the subject of the page that stand together: of one table, scheme and measure; or about wholes."""
    about = {_OTHERWISE.get(name, name): found for name, found in _SUBJECT.findall(urlsplit(page.address).path)}
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], Row]] = {}
    for table in release["tables"]:
        for row in table["rows"]:
            at = row["at"]
            if any(at.get(name) != wanted for name, wanted in about.items()):
                continue
            is_whole = all(category is None for name, category in at.items() if name not in _FIXED)
            stands_in = "" if is_whole else table["id"]  # a whole is the total of many tables, and is shown once
            for together in _TOGETHER:
                group = (stands_in, together, *(at.get(name) for name in together))
                kept = tuple(category for name, category in at.items() if category is not None or not is_whole)
                groups.setdefault(group, {}).setdefault(kept, row)
    # Wholes stand in two tables of a page; who is suppressed, or does not take part, is not compared.
    for (stands_in, *_), rows in groups.items():
        if len(rows) == length or (len(rows) > length and (not stands_in or "/compare/" in page.address)):
            yield list(rows.values())


def _differences(table: Mapping[str, Any], rows: list[Row], units: Mapping[str, str]) -> Iterator[str]:
    """What is said by links comes in any order; where nothing is linked the order of the release decides."""
    left = list(rows)
    for cells in table["rows"]:
        said: Cells = {name: cell["text"] for name, cell in zip(table["columns"], cells, strict=True)}
        linked = {name: found for cell in cells for name, found in _SUBJECT.findall(cell["to"])}
        row = next((row for row in left if all(row["at"].get(name) == found for name, found in linked.items())), None)
        if row is None:
            yield f"nothing of the release is about {linked}"
            continue
        left.remove(row)
        if said.get("Definition", row["at"]["definition"]) != row["at"]["definition"]:
            yield f"definition {said['Definition']} stands where {row['at']} does"
        yield from disagreements(said, row, units[row["at"]["measure"]])
