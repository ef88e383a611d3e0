"""The schemas of gates and of tolerant readers, which are compared, say what the models do."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from contracts import payloads
from contracts.compatibility import answers
from contracts.compatibility.contract import working_tree
from contracts.compatibility.instances import along
from contracts.compatibility.negation import ways
from contracts.compatibility.profile import bare
from contracts.compatibility.rule_list import RULES
from contracts.compatibility.scalars import Undecided, accepts
from contracts.problems import Refused
from contracts.topics import EVENT_TYPES
from contracts.wire import Body

TODAY = working_tree()
EVENTS = {f"{kind.event}.v1": kind for kind in EVENT_TYPES.values()}
EXAMPLES = answers.examples(Path(__file__).parents[1] / "examples")
AN_OBJECT = {"type": "object"}


def model_takes(name: str, payload: Any, *, strict: bool) -> bool:
    kind = EVENTS[name]
    body = Body(json.dumps(payload).encode(), wrapped=False, names=0)
    try:
        payloads.read(kind.payload if strict else kind.canonical, body, strict=strict)
    except Refused as refused:
        return refused.problem.code == "period_invalid"  # a rule that no schema says
    return True


def some(instances: Iterator[Any], wanted: int) -> Iterator[Any]:
    """So many, or those that there are before the search is in doubt."""
    with suppress(Undecided):
        yield from islice(instances, wanted)


def tried(name: str) -> list[Any]:
    """Payloads that go along every edge of both schemas: wrong in each way, right in each, and examples."""
    gate, reader = bare(TODAY.schemas[name]), bare(TODAY.readers[TODAY.as_written(name)])
    beyond = {example for rule in RULES.values() for example in rule.shown_by}
    own = (each for each in EXAMPLES if each.startswith(f"{name[:-3]}/") and each not in beyond)
    found = [answers.payload(EXAMPLES[each]) for each in own]
    for whole, other in ((gate, reader), (reader, gate)):
        for way in ways(whole):
            for accepting in ([other], [AN_OBJECT]):
                found += some(along(accepting, way), 1)
        found += some(along([whole], []), 20)
    return [payload for payload in found if isinstance(payload, dict)]


@pytest.mark.parametrize("name", EVENTS)
def test_gate_and_reader_take_what_their_schemas_take(name: str) -> None:
    payloads_tried = tried(name)
    assert len(payloads_tried) > 20
    for payload in payloads_tried:
        assert model_takes(name, payload, strict=True) is accepts(TODAY.schemas[name], payload), payload
        assert model_takes(name, payload, strict=False) is accepts(TODAY.readers[TODAY.as_written(name)], payload), (
            payload
        )
