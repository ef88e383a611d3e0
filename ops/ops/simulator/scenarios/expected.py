"""What must come out, written by hand from the published figures: the yardstick of the demo and of the tests.

`measure` and `scheme_id` name the figure as the outcomes service gives it; `k` of `n`, or `k` pounds over `n` units.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Expected:
    """One acceptance figure. `published`: as the source has it; `reads`: how ours must read in the same words."""

    id: str
    scheme_id: str
    measure: str
    what: str
    published: str
    reads: str
    k: int | None
    n: int


FIGURES: Final = (
    Expected(
        "completer-success", "james-wigg", "completer-success",
        "completers in work or training", "87 %", "87.0 %", 174, 200,
    ),
    Expected(
        "work-at-52-weeks", "james-wigg", "work-at-52-weeks",
        "of those, in work at 12 months", "82 %", "82.2 %", 143, 174,
    ),
    Expected(
        "work-at-52-weeks-of-entered", "james-wigg", "work-at-52-weeks-of-entered",
        "of those who entered work, in work at 12 months", "85.6 %", "85.6 %", 137, 160,
    ),
    Expected(
        "work-at-52-weeks-of-completers", "james-wigg", "work-at-52-weeks-of-completers",
        "of all completers, in work at 12 months", "71.5 %", "71.5 %", 143, 200,
    ),
    Expected(
        "capacity-used", "james-wigg", "capacity-used",
        "five 50-minute sessions in a 7.5-hour day", "55.6 %", "55.6 %", 30_000, 54_000,
    ),
    Expected(
        "fit-note-share", "fit-notes", "fit-note-share",
        "fit notes that say not fit for work", "93 %", "93.0 %", 10_230_000, 11_000_000,
    ),
    Expected(
        "reach-practices", "roll-out-2008", "reach-practices",
        "practices that referred, against the target", "40", "40", 40, 40,
    ),
    Expected(
        "reach-people", "roll-out-2008", "reach-people",
        "people seen, against the target", "4,000", "4,000", 4_000, 4_000,
    ),
    Expected(
        "cost-per-person", "roll-out-2008", "cost-per-person-seen",
        "pounds a person seen", "GBP 1,250", "GBP 1,250", 5_000_000, 4_000,
    ),
    Expected(
        "cost-per-location", "roll-out-2008", "cost-per-area",
        "pounds a location", "GBP 416,667", "GBP 416,667", 5_000_000, 12,
    ),
    Expected(
        "cost-per-location-year", "roll-out-2008", "cost-per-area-year",
        "pounds a location and year", "GBP 138,889", "GBP 138,889", 5_000_000, 36,
    ),
    Expected(
        "cost-per-pilot", "leicester", "cost-per-pilot",
        "pounds a pilot, of ten", "GBP 1.3m", "GBP 1,300,000", 13_000_000, 10,
    ),
    Expected(
        "cost-per-area", "fit-note-fund", "cost-per-area",
        "pounds an area, of fifteen", "GBP 100k", "GBP 100,000", 1_500_000, 15,
    ),
    Expected(
        "programme-length", "exercise-programme", "programme-length",
        "programme start to at least day 84, median of completers", "12 weeks", "12 weeks", None, 40,
    ),
)  # fmt: skip

# Numbers of referrals that each scheme ends up with when its scenario is told whole.
REFERRALS: Final = {
    "james-wigg": 200,
    "roll-out-2008": 4000,
    "salus-advice-line": 30,
    "dundee": 30,
    "rhyl": 30,
    "leicester": 30,
    "nottinghamshire": 30,
    "central-west-midlands": 30,
    "north-staffordshire": 30,
    "kent-margate": 30,
    "wakefield": 30,
    "kensington-chelsea": 30,
    "workwell": 150,
    "workwell-in-work": 60,
    "workwell-out-of-work": 60,
    "bridgend": 24,
    "paisley-argyll": 24,
    "somerset": 24,
    "gateshead": 30,
    "east-lancashire": 24,
    "tomorrows-people": 162,
    "fit-note-fund": 60,
    "exercise-programme": 55,
    "small-business-support": 30,
}
