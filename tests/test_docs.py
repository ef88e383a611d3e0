"""What the pages name is there: files, headings, `footing` commands and their options, `make` targets, imports."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from simulation.planted import PLANTED

from ops.main import COMMANDS, build

ROOT = Path(__file__).parents[1]
ROOMS = ("contracts", "schemes", "servicekit", "services", "ops", "docs", "tests")
PAGES = sorted(
    page.relative_to(ROOT)
    for page in (*ROOT.glob("*.md"), *(page for room in ROOMS for page in (ROOT / room).rglob("*.md")))
    if ".egg-info" not in str(page)
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FOOTING = re.compile(r"(?:^|`|\$\(|/bin/)footing((?: +(?!#)[^\s`)&|;]+)+)", re.MULTILINE)
MAKE = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def text_of(page: Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where the repository is shown."""
    found = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def dead_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / name if name else ROOT / page
        if not linked.exists() or (anchor and anchor not in headings(linked.resolve().relative_to(ROOT))):
            yield target


def used(page: Path) -> set[str]:
    """The words after `footing` on a page, as far as they are words of a command line."""
    return {" ".join(words.split()) for words in FOOTING.findall(text_of(page))}


@cache
def command(name: str) -> Any:
    return typer.main.get_command(build(name)).commands[name]


def wrong_use(line: str) -> str | None:
    """What of a command line there is not, if anything."""
    first, *rest = line.split()
    if first not in COMMANDS:
        return f"footing {first}" if re.fullmatch("[a-z]+", first) else None
    found = command(first)
    if hasattr(found, "commands") and rest and re.fullmatch("[a-z]+", rest[0]):
        if rest[0] not in found.commands:
            return f"footing {first} {rest[0]}"
        found = found.commands[rest[0]]
    options = {option for parameter in found.params for option in (*parameter.opts, "--help")}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]
    return f"footing {first}: {' '.join(unknown)}" if unknown else None


def test_there_are_pages() -> None:
    assert Path("README.md") in PAGES
    assert len([page for page in PAGES if page.parts[0] == "docs"]) > 10


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_links(page)) == []


@pytest.mark.parametrize("page", [page for page in PAGES if used(page)], ids=str)
def test_every_footing_command_that_is_named_exists_with_its_options(page: Path) -> None:
    assert [wrong for line in sorted(used(page)) if (wrong := wrong_use(line))] == []


@pytest.mark.parametrize("page", [page for page in PAGES if MAKE.search(text_of(page))], ids=str)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(text_of(page))) - targets == set()


@pytest.mark.parametrize("page", [page for page in PAGES if PYTHON.search(text_of(page))], ids=str)
def test_every_python_example_parses_and_imports_what_there_is(page: Path) -> None:
    for example in PYTHON.findall(text_of(page)):
        for node in ast.parse(example).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(compile(ast.Module([node], []), str(page), "exec"), {})


def test_the_commands_of_the_readme_are_the_ones_looked_at() -> None:
    assert {line.split()[0] for line in used(Path("README.md"))} >= {"partner", "env", "check", "verify", "simulate"}


def test_each_guarantee_names_its_tests_and_every_mistake_is_planted_against_one() -> None:
    rows = re.findall(r"^\| (\d+) \| \*\*.*\| (.*) \| (.*) \|$", text_of(Path("README.md")), re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 12))
    for number, shown_by, planted in rows:
        assert LINK.findall(shown_by), number
        assert planted, number
    assert sorted(name for _, _, planted in rows for name in re.findall("`(.+?)`", planted)) == sorted(PLANTED)


@pytest.mark.parametrize(
    "folder", ["docs/architecture", "docs/decisions", "docs/operate", "docs/partners", "docs/analysts"]
)
def test_the_index_names_every_page(folder: str) -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text(encoding="utf-8"))}
    assert [page.name for page in sorted((ROOT / folder).resolve().glob("*.md")) if page not in linked] == []
