import pytest

from contracts.envelope import Problem, Record, Refusal
from servicekit.reading import Item
from servicekit.sequence import LogIsShorter, Sequencer, ends

TOPIC = "session-held"


def items(*places: tuple[int, int]) -> list[Item]:
    """Items at (partition, offset)."""
    empty = Refusal(Problem("record_empty", "value", "an event"))
    return [Item(Record(TOPIC, partition, offset, None, None, ()), None, empty) for partition, offset in places]


def offsets(live: list[Item]) -> list[tuple[int, int]]:
    return [(item.record.partition, item.record.offset) for item in live]


def test_what_comes_next_is_live_and_what_was_handled_or_is_not_ours_is_not() -> None:
    batch = items((0, 6), (0, 7), (1, 3), (2, 0))
    assert offsets(Sequencer().live(batch, {(TOPIC, 0): 7, (TOPIC, 1): 3})) == [(0, 7), (1, 3)]


def test_a_batch_from_before_a_seek_never_moves_a_position_over_what_was_not_handled() -> None:
    sequencer = Sequencer()
    stale = items((0, 200), (0, 201), (1, 3))
    assert offsets(sequencer.live(stale, {(TOPIC, 0): 100, (TOPIC, 1): 3})) == [(1, 3)]
    assert sequencer.take_again() == {(TOPIC, 0)}
    assert sequencer.take_again() == set()
    assert offsets(sequencer.live(items((0, 100), (0, 101)), {(TOPIC, 0): 100})) == [(0, 100), (0, 101)]


def test_a_stale_batch_that_is_asked_about_again_before_the_seek_is_still_held_back() -> None:
    sequencer = Sequencer()
    stale = items((0, 200), (1, 3), (1, 4))
    assert offsets(sequencer.live(stale, {(TOPIC, 0): 100, (TOPIC, 1): 3})) == [(1, 3), (1, 4)]
    assert offsets(sequencer.live(stale, {(TOPIC, 0): 100, (TOPIC, 1): 5})) == []
    assert sequencer.take_again() == {(TOPIC, 0)}


def test_a_gap_that_comes_again_after_the_seek_is_in_the_log_and_is_passed() -> None:
    sequencer = Sequencer()
    batch = items((0, 500))
    assert sequencer.live(batch, {(TOPIC, 0): 0}) == []
    assert sequencer.take_again() == {(TOPIC, 0)}
    assert offsets(sequencer.live(batch, {(TOPIC, 0): 0})) == [(0, 500)]


def test_a_log_that_ends_before_what_was_handled_of_it_is_not_read_on_in_silence() -> None:
    sequencer, following = Sequencer(), {(TOPIC, 0): 100, (TOPIC, 1): 3}
    sequencer.arrive(items((0, 40), (0, 41), (1, 2), (1, 3)), following, lambda _: 42)
    assert sequencer.take_again() == {(TOPIC, 0)}
    sequencer.arrive(items((1, 4)), following, lambda _: 42)
    with pytest.raises(LogIsShorter, match="session-held/0 ends before offset 100"):
        sequencer.arrive(items((0, 0), (0, 1)), following, lambda _: 42)


def test_stale_batches_in_a_row_of_a_log_that_is_long_enough_are_only_read_again() -> None:
    sequencer, following = Sequencer(), {(TOPIC, 0): 100}
    for offset in (97, 98, 99):
        sequencer.arrive(items((0, offset)), following, lambda _: 100)
        assert sequencer.take_again() == {(TOPIC, 0)}


def test_the_position_after_a_batch_is_behind_its_last_record() -> None:
    assert ends(items((0, 6), (0, 9), (1, 3))) == {(TOPIC, 0): 10, (TOPIC, 1): 4}
