"""The figures of the demo: what the outcomes service says, held against what must come out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from schemes import published
from schemes.published import Published

Answers = Mapping[str, list[dict[str, Any]]]  # figures of the whole scheme, by scheme id


@dataclass(frozen=True, slots=True)
class CameOut:
    """One acceptance figure as it came out. `events`: how many accepted events stand behind its scheme."""

    expected: Published
    k: int | None
    n: int | None
    reads: str
    events: int

    @property
    def is_right(self) -> bool:
        """Whether counts and words are exactly the published ones."""
        wanted = self.expected
        return (self.k, self.n, self.reads) == (wanted.k, wanted.n, wanted.reads)

    def as_json(self) -> dict[str, Any]:
        """As it stands in `build/demo.json`."""
        wanted = self.expected
        return {
            "id": wanted.id,
            "scheme": wanted.scheme,
            "what": wanted.what,
            "published": wanted.published,
            "came_out": self.reads,
            "k": self.k,
            "n": self.n,
            "events": self.events,
            "right": self.is_right,
        }


def ask(outcomes_url: str, scheme_ids: Iterable[str]) -> Answers:
    """Every figure of whole schemes, from synthetic events. Empty where it cannot answer for now."""
    answers: dict[str, list[dict[str, Any]]] = {}
    with httpx.Client(base_url=outcomes_url, timeout=30) as client:
        for scheme_id in scheme_ids:
            answers[scheme_id] = _figures(client, scheme_id)
    return answers


def compared(answers: Answers, events: Mapping[str, int]) -> list[CameOut]:
    """Each acceptance figure with what came out."""
    return [_came_out(expected, answers.get(expected.scheme, []), events) for expected in published.to_come_out()]


def _figures(client: httpx.Client, scheme_id: str) -> list[dict[str, Any]]:
    try:
        answer = client.get(f"/api/schemes/{scheme_id}/figures", params={"synthetic": "true"})
    except httpx.HTTPError:  # it is being started again
        return []
    return [found for found in answer.json()["figures"] if found["area"] is None] if answer.is_success else []


def _came_out(expected: Published, found: list[dict[str, Any]], events: Mapping[str, int]) -> CameOut:
    figure = next((figure for figure in found if figure["measure"] == expected.measure), {})
    return CameOut(expected, figure.get("k"), figure.get("n"), reading(figure), events.get(expected.scheme, 0))


def reading(figure: Mapping[str, Any]) -> str:
    """A figure in words: pounds a unit, days, a count against a target, or a share."""
    if figure.get("unit") == "pound" and figure["value"] is not None:
        return f"GBP {figure['value']:,.0f}"
    if figure.get("value") is not None:
        return f"{figure['value']:,.0f} {figure['unit']}s"
    if figure.get("measure", "").startswith("reach-") and figure["k"] is not None:
        return f"{figure['k']:,}"
    if figure.get("rate") is not None:
        return f"{figure['rate']:.1%}".replace("%", " %")
    return "-" if figure.get("k") is None else f"{figure['k']:,}"
