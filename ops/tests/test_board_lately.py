"""Does the board, which looks all the time, see that gates refuse many?"""

from datetime import UTC, datetime, timedelta

from ops.alarms.alarm import Beside
from ops.board.lately import Lately

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def looked(*looks: tuple[float, int, int]) -> list[str]:
    """What is said after these looks: (hours since it began, applied, refused) of the gate of case."""
    lately = Lately()
    for hours, applied, refused in looks:
        series = [
            ({"loop": "gate", "ending": "applied"}, applied),
            ({"loop": "gate", "ending": "refused"}, refused),
            ({"loop": "telling", "ending": "refused"}, 1_000),
        ]
        beside = Beside({"case": {"footing_records_handled_total": series}, "door": {}}, None)
        lately.note(BEGAN + timedelta(hours=hours), beside)
    return [f"{alarm.rule} {alarm.labels['stack']}: {alarm.what}" for alarm in lately.alarms("dev")]


def test_more_than_ten_and_more_than_one_in_five_is_said() -> None:
    said = "FootingManyRefused dev: case refused 11 records of 50 that its gate handled lately."
    assert looked((0, 0, 0), (1, 39, 11)) == [said]


def test_ten_are_not_and_one_in_five_is_not() -> None:
    assert looked((0, 0, 0), (1, 5, 10)) == []
    assert looked((0, 0, 0), (1, 80, 20)) == []


def test_what_stood_there_when_the_board_began_is_not_of_lately() -> None:
    assert looked((0, 0, 500)) == []
    assert looked((0, 0, 500), (1, 0, 505)) == []


def test_after_six_hours_it_is_over() -> None:
    looks = ((0, 0, 0), (1, 0, 11), (5.5, 0, 11), (7.5, 0, 11))
    assert looked(*looks[:3]) != []
    assert looked(*looks) == []


def test_a_process_that_began_anew_counts_from_nought() -> None:
    said = "FootingManyRefused dev: case refused 12 records of 12 that its gate handled lately."
    assert looked((0, 0, 90), (1, 0, 96), (2, 0, 6)) == [said]
