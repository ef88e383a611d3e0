"""The README's way of an event is the way that events go: its files, functions and handlers are there."""

import ast
import re
from pathlib import Path

import case_service.handlers
import outcomes_service.handlers
import outcomes_service.projections.journeys
import referral_service.handlers

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("### Follow one referral\n")[2].partition("\n## ")[0]
ROWS = [
    tuple(cell.strip(" `") for cell in line.strip("|").split("|"))
    for line in SECTION.splitlines()
    if line.startswith("|") and "`" in line
]
HOPS = [row for row in ROWS if row[0].isdigit()]  # hop, what happens, file, name
GATES = [row for row in ROWS if not row[0].isdigit()]  # events, gate, file, name
PROJECTIONS = "services/outcomes/outcomes_service/projections/journeys.py"
HEARS = {
    "services/referral/referral_service/handlers.py": referral_service.handlers.HEARS.gate,
    "services/case/case_service/handlers.py": case_service.handlers.HEARS.gate,
    "services/outcomes/outcomes_service/handlers.py": outcomes_service.handlers.HEARS.gate,
    PROJECTIONS: outcomes_service.projections.journeys.PROJECTS.follow,
}


def defined(file: str) -> set[str]:
    """The functions and classes of a module, and the methods of its classes as `Class.method`."""
    names = set()
    for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            names |= {f"{node.name}.{name}" for name in inner}
    return names


def answered(file: str) -> dict[str, str]:
    """Which handler the module's table has for each event; an EntryWithdrawn goes with what it voids."""
    table = {payload.__name__: handler.__name__ for payload, handler in HEARS[file].items()}
    return {event: handler for event, handler in table.items() if event != "EntryWithdrawn"}


def test_every_row_names_a_function_that_is_there() -> None:
    assert len(ROWS) == 13
    assert [(file, name) for *_, file, name in ROWS if name not in defined(file)] == []


def test_a_session_is_on_its_page_after_seven_hops_through_seven_files() -> None:
    assert [hop for hop, *_ in HOPS] == ["1", "2", "3", "4", "5", "6", "7"]
    assert len({file for *_, file, _ in HOPS}) == 7


def test_a_session_is_answered_by_the_handlers_that_the_way_names() -> None:
    named = {file: name for *_, file, name in HOPS if file in HEARS}
    assert named == {file: answered(file)["SessionHeld"] for file in HEARS if "SessionHeld" in answered(file)}


def test_the_table_of_gates_is_what_the_services_have_registered() -> None:
    for file in HEARS.keys() - {PROJECTIONS}:
        said = {event: name for events, _, of, name in GATES if of == file for event in events.split(", ")}
        assert said == answered(file)


def test_a_gate_is_called_as_its_service() -> None:
    assert [gate for _, gate, file, _ in GATES if not file.startswith(f"services/{gate}/")] == []


def test_files_named_in_passing_are_there() -> None:
    assert re.findall(r"\(`([\w/]+\.py)`\)|as `([\w/]+\.py)`", SECTION) == [
        ("relay.py", ""),
        ("", "indicators/left_with_plan.py"),
    ]
    assert (ROOT / "servicekit/servicekit/relay.py").is_file()
    assert (ROOT / "services/outcomes/outcomes_service/indicators/left_with_plan.py").is_file()
