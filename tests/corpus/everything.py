"""The whole corpus of records: made by hand, generated from the schemas, and the mistakes that partners can ask for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from contracts.broken import MISTAKES
from corpus.case import Case
from corpus.fields import generated
from corpus.good import SAMPLES
from corpus.headers import HEADERS
from corpus.keys import KEYS
from corpus.values import VALUES

BY_HAND: Final = {"value": VALUES, "headers": HEADERS, "key": KEYS}


def hand_made() -> Iterator[Case]:
    """Every case that was written by hand, named with its layer."""
    for layer, cases in BY_HAND.items():
        for case in cases:
            yield replace(case, name=f"{layer}: {case.name}", by_http=case.by_http and layer != "key")


def mistakes() -> Iterator[Case]:
    """The mistakes that `footing trigger --broken` makes, in each event that they fit."""
    for mistake in MISTAKES:
        for event, field in mistake.fields.items():
            if event in SAMPLES:
                yield Case(
                    f"mistake: {event}: {mistake.words}",
                    lambda record, mistake=mistake, event=event: mistake.made_in(event, record),  # type: ignore[misc]
                    mistake.reason,
                    field,
                    of=event,
                    by_http=mistake.by_http,
                )


def everything() -> list[Case]:
    """All of it."""
    return [*hand_made(), *mistakes(), *generated()]
