"""What is told of a scheme when gates answer, and when one does not?"""

from datetime import UTC, datetime

from outcomes_service.progress import Progress
from servicekit.backlog import Backlog
from servicekit.inhand import Row, What

NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)


def gate(name: str, *rows: tuple[What, tuple[str, ...] | None, int]) -> Backlog:
    """A gate with this in hand."""
    told = tuple(Row(loop="gate", what=what, schemes=schemes, count=n) for what, schemes, n in rows)
    return Backlog(service=name, at=NOW, rows=told)


def test_what_waits_of_a_partner_may_be_of_each_of_its_schemes_and_of_nobody_else() -> None:
    case = gate("case", ("waiting", ("rhyl", "dundee"), 3), ("waiting", ("somerset",), 5), ("parked", None, 2))
    progress = Progress(at=NOW, freshness_seconds=0.0, gates={"case": case, "referral": gate("referral")})
    assert (progress.count("waiting", "rhyl"), progress.count("waiting", "somerset")) == (3, 5)
    assert progress.count("waiting", "gateshead") == 0
    assert progress.count("parked", "gateshead") == 2  # nobody can say whose these are: they may be of any


def test_with_a_gate_that_does_not_answer_no_sum_is_guessed() -> None:
    progress = Progress(at=NOW, freshness_seconds=None, gates={"case": None, "referral": gate("referral")})
    assert progress.count("waiting", "rhyl") is None
    assert progress.shown() == {"at": NOW, "freshness_seconds": None, "not_answering": ["case"]}
