"""Whatever refuses, anywhere in the code, uses a code of the one list and points where the list says."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

from contracts.reasons import REASONS

ROOT = Path(__file__).parents[1]
ROOMS = ("contracts/contracts", "servicekit/servicekit", "schemes/schemes", "ops/ops", *(
    f"services/{name}/{name}_service" for name in ("referral", "case", "outcomes", "notify", "door")
))  # fmt: skip
SAY_NO = {"Problem", "Refused", "Objection", "Unmapped", "broken"}  # what is called with a code and where it points
LISTED_IN = "contracts/contracts/reasons.py"


class Said(NamedTuple):
    """A place that refuses: its code, and the path of the field where that is a constant."""

    place: str
    code: str
    field: str | None


@cache
def sources() -> dict[str, ast.Module]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text("utf-8")) for file in files}


def constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def refusals() -> list[Said]:
    """Every place that says no with a code that stands there."""
    found = []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAY_NO and len(node.args) >= 2:
                code, field = constant(node.args[0]), constant(node.args[1])
                is_relative = getattr(node.func, "id", "") in ("broken", "Unmapped")
                if code is not None:
                    found.append(Said(f"{path}:{node.lineno}", code, None if is_relative else field))
    return found


def test_every_place_that_refuses_uses_a_code_of_the_list() -> None:
    said = refusals()
    assert len(said) > 80, "the search finds what it looks for"
    assert [each for each in said if each.code not in REASONS] == []


def test_every_place_that_refuses_points_where_the_list_says() -> None:
    pointing = [each for each in refusals() if each.field is not None]
    assert [each for each in pointing if not REASONS[each.code].comes_with(each.field or "")] == []


def test_every_code_of_the_list_is_said_somewhere() -> None:
    constants = {
        node.value
        for path, tree in sources().items()
        if path != LISTED_IN
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(REASONS) - constants == set()
