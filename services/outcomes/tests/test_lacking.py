"""By how many a measure may be short, of what gates have in hand?"""

from datetime import UTC, datetime

import schemes
from outcomes_service.indicators.catalogue import Known
from outcomes_service.lacking import short_by
from outcomes_service.progress import Progress
from schemes import register
from servicekit.backlog import Backlog
from servicekit.inhand import Row

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)


def gate(name: str, *rows: Row) -> Backlog:
    return Backlog(service=name, at=NOW, rows=rows)


def test_each_measure_of_each_scheme_may_be_short_by_what_counts_in_it() -> None:
    referrals = Row(loop="gate", what="parked", schemes=("rhyl",), count=3, event="referral-made")
    sessions = Row(loop="gate", what="waiting", schemes=("rhyl",), count=2, event="session-held")
    gates = {"referral": gate("referral", referrals), "case": gate("case", sessions), "outcomes": None}
    progress = Progress(at=NOW, freshness_seconds=None, gates=gates)
    short = short_by(progress.lacking(), Known(schemes.load(), register.load()))
    assert dict(short) == {
        ("rhyl", "users", "parked"): 3, ("rhyl", "returned", "parked"): 3, ("rhyl", "returned-13", "parked"): 3,
        ("rhyl", "returned-26", "parked"): 3, ("rhyl", "returned-52", "parked"): 3,
        ("rhyl", "wait-to-first-session", "parked"): 3,
        ("rhyl", "users", "waiting"): 2, ("rhyl", "wait-to-first-session", "waiting"): 2,
    }  # fmt: skip


def test_what_a_gate_accepted_is_lacking_only_where_it_is_counted_and_nobodys_is_of_no_scheme() -> None:
    accepted = {"what": "behind", "schemes": ("rhyl",), "count": 1, "event": "referral-made", "accepted": True}
    nobodys = Row(loop="gate", what="parked", schemes=None, count=1, event="referral-made")
    rows = (Row(loop="gate", **accepted), Row(loop="projector", **accepted), nobodys)  # type: ignore[arg-type]
    progress = Progress(at=NOW, freshness_seconds=0.0, gates={"outcomes": gate("outcomes", *rows)})
    assert list(progress.lacking()) == [("rhyl", "referral-made", "behind", 1)]
