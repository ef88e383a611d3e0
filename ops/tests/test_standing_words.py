"""What is fine and what is not, in words, by what the services say or what was looked up in their place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from contracts.topics import INBOX_DAYS
from ops.standing.asking import Seen
from ops.standing.judging import age_word, disk_is_low, faults, lanes_of, lateness, loop_words, service_word
from ops.standing.showing import lasting
from ops.standing.topics import wrong
from servicekit.standing import Lane, LoopStanding, ParkedFor, Paused, Standing
from servicekit.topics import CANONICAL, INBOX, Found

LONG_AGO = datetime.now(UTC) - timedelta(hours=2)
NOW = datetime.now(UTC) + timedelta(days=1)  # it shall be fresh whenever the tests before this one end
LOOP = LoopStanding(
    loop="gate", behind=0, seconds=0.0, oldest_at=None, moved_at=LONG_AGO, lanes=(), waiting=3, parked=(), outbox=0,
    unsent_seconds=0.0,
)  # fmt: skip
PART: dict[str, Any] = {"stack": "dev", "part": "mongod", "up": True, "free_mb": 50_000}


STANDING = Standing(
    service="case", version="0.1.0", since=LONG_AGO, ready=True, why={}, at=NOW, loops=(LOOP,), read_models={}
)


def seen(loop: LoopStanding = LOOP, **changed: Any) -> Seen:
    found = Seen(installation="dev", service="case", url="http://127.0.0.1:8102", standing=STANDING, loops=(loop,))
    return msgspec.structs.replace(found, **changed)


def words(parts: list[dict[str, Any]], services: list[Seen]) -> list[str]:
    return [fault.words for fault in faults(parts, services)]


def test_a_loop_that_has_nothing_to_do_is_fine_however_long_ago_it_moved() -> None:
    assert loop_words(LOOP) == ("fine",)
    assert faults([PART], [seen()]) == []


@pytest.mark.parametrize(
    ("behind", "seconds", "moved_at", "word"),
    [
        (900, 12.0, NOW, "fine"),
        (900, 61.0, NOW, "behind"),
        (1, 61.0, LONG_AGO, "stands still"),
        (1, 61.0, None, "stands still"),
        (None, None, LONG_AGO, "not known"),
        (4, None, NOW, "not known"),
    ],
)
def test_lag_is_judged_by_age_and_by_whether_anything_moves(
    behind: int | None, seconds: float | None, moved_at: datetime | None, word: str
) -> None:
    assert lateness(behind, seconds, moved_at) == word


def test_each_thing_that_is_not_fine_is_a_sentence() -> None:
    parked = (ParkedFor(cause="ValueError", count=2, since=LONG_AGO),)
    loop = msgspec.structs.replace(LOOP, parked=parked, unsent_seconds=90.0)
    late = msgspec.structs.replace(STANDING, read_models={"figures": 120.0, "journeys": None, "persons": 2.0})
    assert loop_words(loop) == ("parked", "unsent")
    assert words([PART | {"up": False}, PART | {"free_mb": 12}], [seen(loop, standing=late)]) == [
        "mongod of dev is down",
        "only 12 MB are free where mongod of dev keeps its data",
        "case gate: parked",
        "case gate: unsent",
        "case figures: behind",
        "case journeys: not known",
    ]


def test_a_loop_that_operators_hold_is_as_they_want_it() -> None:
    paused = Paused(since=LONG_AGO, intake=False)
    held = msgspec.structs.replace(LOOP, behind=7, seconds=7200.0, paused=paused)
    assert loop_words(held) == ("paused",)
    assert faults([], [seen(held)]) == []


def test_a_service_that_does_not_answer_is_down_with_what_is_known_of_its_loops() -> None:
    still = msgspec.structs.replace(LOOP, behind=7, seconds=7200.0)
    down = seen(standing=None, problem="does not answer (ConnectError)", loops=(still,))
    assert service_word(down) == "down"
    assert words([], [down]) == ["case does not answer (ConnectError)", "case gate: stands still"]


def test_a_service_whose_address_nobody_knows_is_judged_by_its_loops_alone() -> None:
    unknown = seen(standing=None, url=None)
    assert service_word(unknown) == "no address"
    assert faults([], [unknown]) == []


def test_a_service_that_is_not_ready_or_knows_nothing_new_says_so() -> None:
    said = msgspec.structs.replace(STANDING, ready=False, why={"gate": "not listening"}, at=LONG_AGO)
    assert service_word(seen(standing=said)) == "not ready"
    assert words([], [seen(standing=said)]) == [
        "case is not ready: gate: not listening",
        "case does not know now how its loops stand",
    ]


def test_a_lane_is_the_same_number_of_all_topics() -> None:
    lanes = (
        Lane(topic="inbox.*.session-held", lane=0, behind=2, seconds=70.0, moved_at=LONG_AGO),
        Lane(topic="referral-made", lane=0, behind=0, seconds=0.0, moved_at=NOW),
        Lane(topic="referral-made", lane=1, behind=None, seconds=None, moved_at=NOW),
    )
    first, second = lanes_of(msgspec.structs.replace(LOOP, lanes=lanes))
    assert (first.lane, first.behind, first.seconds, first.topics) == (0, 2, 70.0, ("inbox.*.session-held",))
    assert (first.moved_at, first.word) == (LONG_AGO, "stands still")
    assert (second.lane, second.behind, second.word) == (1, None, "not known")


def test_what_is_not_known_is_never_fine() -> None:
    assert [age_word(seconds) for seconds in (0.0, 60.0, 61.0, None)] == ["fine", "fine", "behind", "not known"]
    assert not disk_is_low(PART | {"free_mb": None})


def test_ages_are_said_roughly() -> None:
    said = [lasting(seconds) for seconds in (0.0, 59.4, 61.0, 7200.0, 200_000.0, None)]
    assert said == ["0 s", "59 s", "1 min", "2 h", "2 d", "-"]


def test_what_a_topic_has_that_the_contract_does_not_want_is_said() -> None:
    canonical = Found("session-held", 8, 1, CANONICAL)
    inbox = Found("inbox.acme.session-held", 2, 1, INBOX)
    assert (wrong(canonical), wrong(inbox)) == (None, None)
    assert "must have 8" in (wrong(canonical._replace(partitions=4)) or "")
    assert wrong(inbox._replace(partitions=3)) == "it has 3 partitions, and the contract wants 2"
    week = INBOX | {"retention.ms": "604800000"}
    assert wrong(inbox._replace(settings=week)) == (
        f"retention.ms is 604800000, and the contract wants {INBOX_DAYS * 86_400_000}"
    )
    assert "forgets events" in (wrong(inbox._replace(settings=INBOX | {"cleanup.policy": "compact"})) or "")
