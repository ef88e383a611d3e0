"""All that the oracle has to say about a dump."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from oracle import differ
from oracle.dump import Dump
from oracle.figures import figures, numbers
from oracle.journeys import journeys
from oracle.standing import standing
from oracle.view import row


@dataclass(frozen=True)
class Opinion:
    """The rows that the two views should show, what medians and curves are made of, and what no topic should have."""

    journeys: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    numbers: list[dict[str, Any]]
    complaints: list[str]

    def differences(self, shown: Iterable[dict[str, Any]]) -> list[str]:
        """Complaints, and what the rows shown (as `oracle.export` writes them) say otherwise, field by field."""
        views: dict[str, list[dict[str, Any]]] = {"journeys": [], "figures": []}
        for line in shown:
            views[line["view"]].append(line["row"])
        return [
            *(f"topics {complaint}" for complaint in self.complaints),
            *differ.journeys(self.journeys, views["journeys"]),
            *differ.figures(self.figures, views["figures"]),
        ]


def form(dump: Dump, schemes: Iterable[dict[str, Any]], as_of: date) -> Opinion:
    """Work everything out."""
    stands, schemes = standing(dump), list(schemes)
    found = list(journeys(dump, stands).values())
    computed = list(figures(found, stands.values(), schemes, as_of))
    made_of = list(numbers(found, schemes, as_of))
    return Opinion([row(journey) for journey in found], computed, made_of, dump.complaints)
