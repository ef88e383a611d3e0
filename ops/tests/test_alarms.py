"""Which alarms a picture of how everything stands shows, and what each does to the numbers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

import ops.alarms
from door_service.standing import Canary, Quiet, Stream
from door_service.standing import Standing as PartnerStanding
from ops.alarms.alarm import Alarm, Beside, Picture
from ops.alarms.gathering import gauges_in
from ops.alarms.listing import alarms, not_fine, unsaid
from ops.alarms.rules import ONLY_PROMETHEUS, above, rules
from ops.standing.asking import Seen
from ops.standing.judging import faults
from servicekit.inhand import Row
from servicekit.standing import LoopStanding, ParkedFor, Paused, Standing

NOW = datetime.now(UTC) + timedelta(days=1)  # it shall be fresh whenever the tests before this one end
HOURS_AGO = datetime.now(UTC) - timedelta(hours=2)
RHYL = "Case managers in GP practices, Rhyl"
THREE = (
    f"{RHYL}: 3 referrals {{}}. Short by up to 3: "
    "People who used the service; Returned to work; Returned to work, 13 weeks after the end; "
    "Returned to work, 26 weeks after the end; Returned to work, 52 weeks after the end; "
    "Days from referral to first session. "
)
LOOP = LoopStanding(
    loop="gate", behind=0, seconds=0.0, oldest_at=None, moved_at=HOURS_AGO, lanes=(), waiting=0, parked=(), outbox=0,
    unsent_seconds=0.0,
)  # fmt: skip


def row(what: Any, count: int = 3, **changed: Any) -> Row:
    made = Row(loop="gate", what=what, schemes=("rhyl",), count=count, event="referral-made")
    return msgspec.structs.replace(made, **changed)


def loop(*rows: Row, **changed: Any) -> LoopStanding:
    return msgspec.structs.replace(LOOP, in_hand=rows, **changed)


def service(*loops: LoopStanding, name: str = "referral", **changed: Any) -> Seen:
    standing = Standing(
        service=name, version="0.1.0", since=HOURS_AGO, ready=True, why={}, at=NOW, loops=loops, read_models={}
    )
    standing = msgspec.structs.replace(standing, **changed)
    return Seen(installation="dev", service=name, url="http://127.0.0.1:1", standing=standing, loops=loops)


def down(*loops: LoopStanding) -> Seen:
    return Seen(installation="dev", service="referral", url="x", problem="does not answer (ConnectError)", loops=loops)


def found(*services: Seen, parts: Any = (), gauges: Any = None, quiet: Quiet | None = None) -> list[Alarm]:
    return alarms(Picture(NOW, parts, services, {"dev": Beside(gauges or {}, quiet)}))


def only(*services: Seen, **more: Any) -> Alarm:
    (alarm,) = found(*services, **more)
    return alarm


def test_where_all_is_well_there_is_none() -> None:
    fine = service(loop(row("waiting")), read_models={"journeys": 0.0})
    assert found(fine, parts=[{"stack": "dev", "part": "mongod", "up": True}]) == []


def test_three_parked_referrals_of_rhyl_say_so_and_what_is_short() -> None:
    parked = (ParkedFor(cause="ValueError", count=3, since=HOURS_AGO),)
    alarm = only(service(loop(row("parked"), row("waiting", 7), parked=parked)))
    assert (alarm.rule, alarm.severity, alarm.since) == ("FootingParked", "warning", HOURS_AGO)
    assert alarm.what == "referral gate: 3 records parked."
    assert alarm.impact.startswith(THREE.format("are parked"))
    assert (alarm.runbook, alarm.labels) == (
        "docs/operate/parked-group.md", {"stack": "dev", "job": "referral", "loop": "gate"},
    )  # fmt: skip
    assert [(each.referrals, each.schemes) for each in alarm.short] == [(3, ("rhyl",))]


def test_what_is_parked_and_nobody_can_say_whose_it_is_is_said_so() -> None:
    parked = (ParkedFor(cause="unreadable", count=1, since=HOURS_AGO),)
    alarm = only(service(loop(row("parked", 1, schemes=None, event=""), parked=parked)))
    assert alarm.impact.startswith(
        "Schemes that nobody can name: 1 event is parked. Which figures are short nobody can say."
    )


def test_a_service_that_is_down_says_what_it_has_not_taken_up() -> None:
    alarm = only(down(loop(row("behind"), row("parked", 9), behind=3, seconds=10.0, moved_at=NOW)))
    assert (alarm.rule, alarm.severity, alarm.what) == (
        "FootingServiceDown", "critical", "referral does not answer (ConnectError).",
    )  # fmt: skip
    assert alarm.impact.startswith(THREE.format("are not taken up yet"))


@pytest.mark.parametrize(
    ("standing", "rule"),
    [
        ({"seconds": 301.0}, "FootingLoopStuck"),
        ({"seconds": 1801.0, "moved_at": NOW}, "FootingLagGrows"),
        ({"seconds": 301.0, "moved_at": NOW}, None),
        ({"seconds": 300.0}, None),
        ({"seconds": 9000.0, "paused": Paused(since=HOURS_AGO, intake=False)}, "FootingLoopPaused"),
    ],
)
def test_a_loop_that_is_behind_is_an_alarm_from_the_number_of_its_rule(standing: Any, rule: str | None) -> None:
    seen = found(service(loop(row("behind"), behind=3, oldest_at=HOURS_AGO, **standing)))
    assert [alarm.rule for alarm in seen] == ([rule] if rule else [])
    assert all(alarm.impact.startswith(THREE.format("are not taken up yet")) for alarm in seen)


def test_what_is_accepted_makes_figures_short_only_where_they_are_counted() -> None:
    late = row("behind", accepted=True)
    stuck = {"behind": 3, "seconds": 301.0}
    case = only(service(loop(late, **stuck), name="case"))
    assert case.impact.startswith(
        f"{RHYL}: 3 referrals are not taken up yet. No figure is short of it: it is accepted, and counted. "
    )
    projector = msgspec.structs.replace(
        loop(msgspec.structs.replace(late, loop="projector"), **stuck), loop="projector"
    )
    assert only(service(projector, name="outcomes")).impact.startswith(THREE.format("are not taken up yet"))


def test_a_loop_that_stopped_and_a_service_that_is_not_ready_are_told_apart() -> None:
    stopped = service(LOOP, ready=False, why={"gate": "stopped: 20 keys fail", "follow_pauses": "ended by KeyError"})
    assert [(alarm.rule, alarm.what) for alarm in found(stopped)] == [
        ("FootingServiceDown", "referral is not ready: follow_pauses: ended by KeyError."),
        ("FootingLoopStopped", "referral gate makes no progress, and says so itself: stopped: 20 keys fail."),
    ]


def test_what_kafka_does_not_take_and_figures_that_lack_it() -> None:
    unsent = service(loop(unsent_seconds=121.0))
    ages = {"journeys": 1900.0, "figures": 1900.0}
    late = service(
        loop(row("behind", loop="projector", accepted=True), loop="projector"), name="outcomes", read_models=ages
    )
    outbox, figures = found(unsent, late)
    assert (outbox.rule, figures.rule) == ("FootingOutboxStuck", "FootingFiguresNotFresh")
    assert figures.impact.startswith(THREE.format("are not taken up yet"))
    unknown = only(service(LOOP, name="outcomes", read_models={"journeys": None}))
    assert unknown.rule == "FootingFiguresAgeUnknown"


def test_parts_that_are_away_say_what_was_not_taken_up_when_they_were_last_there() -> None:
    away = {"referral": {"footing_part_answers": [({"part": "mongodb"}, 0.0), ({"part": "kafka"}, 1.0)]}}
    long_ago = NOW - timedelta(minutes=11)
    mongo, old = found(service(loop(row("behind"), behind=3), at=long_ago), gauges=away)
    assert (mongo.rule, mongo.what) == ("FootingMongoAway", "MongoDB of dev does not answer referral.")
    assert mongo.impact.startswith(THREE.format("are not taken up yet"))
    assert (old.rule, old.since) == ("FootingNotMeasured", long_ago)
    kafka = only(parts=[{"stack": "dev", "part": "kafka", "up": False}])
    assert (kafka.rule, kafka.what) == ("FootingKafkaAway", "Kafka of dev does not answer.")


@pytest.mark.parametrize(
    ("used", "rules_found"), [(850, []), (851, ["FootingDiskFilling"]), (951, ["FootingDiskFull"])]
)
def test_room_clocks_and_notifications_are_looked_at_as_the_rules_do(used: int, rules_found: list[str]) -> None:
    scraped = (
        f'footing_mongo_disk_bytes 1000.0\nfooting_mongo_disk_used_bytes {used}.0\nother_metric{{a="b"}} 1\n'
        "footing_clock_ahead_seconds -6.0\n"
    )
    gauges = {"case": gauges_in(scraped), "notify": gauges_in("footing_notifications_failing_seconds 3601.0\n")}
    assert [alarm.rule for alarm in found(gauges=gauges)] == sorted(
        [*rules_found, "FootingClockWrong", "FootingNotifyFails"], key=lambda name: list(rules()).index(name)
    )


def test_a_silent_partner_says_what_has_probably_not_come() -> None:
    monday, friday = datetime(2026, 3, 9, 8, tzinfo=UTC), datetime(2026, 3, 13, 18, tzinfo=UTC)
    stream = Stream(
        event="referral-made", state="silent", since=friday, last_accepted_at=monday, last_heard_at=monday,
        expected="said", gap_minutes=600, silent_at=friday, usual_a_week=3,
    )  # fmt: skip
    partner = PartnerStanding(partner="acme", schemes=("rhyl",), watched=True, state="silent", events=(stream,))
    alarm = only(quiet=Quiet(at=friday, partners=(partner,)))
    assert alarm.what == "acme has sent no referral-made for 4 days: twice as long as is expected."
    assert alarm.impact.startswith(THREE.format("have probably not come"))
    unwatched = msgspec.structs.replace(partner, watched=False)
    assert found(quiet=Quiet(at=friday, partners=(unwatched,))) == []


def test_a_canary_that_does_not_come_through_is_one_from_the_number_of_the_rule() -> None:
    def quiet(minutes: int) -> Quiet:
        arrived = NOW - timedelta(minutes=minutes)
        return Quiet(at=NOW, partners=(), canary=Canary(sent_at=NOW, lost="not in the read models", arrived_at=arrived))

    assert found(quiet=quiet(44)) == []
    assert only(quiet=quiet(46)).rule == "FootingCanaryLate"


def test_an_alarm_of_one_installation_says_nothing_of_another() -> None:
    other = msgspec.structs.replace(service(loop(row("behind"))), installation="demo")
    kafka = only(other, parts=[{"stack": "dev", "part": "kafka", "up": False}])
    assert kafka.short == ()


def test_numbers_pages_and_severity_are_those_of_the_rules() -> None:
    numbers = {
        "FootingNotMeasured": 600, "FootingLoopStuck": 300, "FootingLagGrows": 1800, "FootingFiguresNotFresh": 1800,
        "FootingCanaryLate": 2700, "FootingOutboxStuck": 120, "FootingDiskFilling": 0.85, "FootingDiskFull": 0.95,
        "FootingClockWrong": 5, "FootingNotifyFails": 3600,
    }  # fmt: skip
    assert {name: above(name) for name in numbers} == numbers
    assert all(rule.says.endswith(".") for name, rule in rules().items() if name not in ONLY_PROMETHEUS)


def test_every_rule_is_seen_here_or_is_one_that_only_prometheus_can_see() -> None:
    code = "".join(file.read_text("utf-8") for file in Path(ops.alarms.__file__).parent.glob("*.py"))
    seen = {name for name in rules() if f'"{name}"' in code and name not in ONLY_PROMETHEUS}
    assert seen | ONLY_PROMETHEUS.keys() == rules().keys()


def test_what_is_not_fine_is_each_fault_and_each_alarm_once() -> None:
    parked = (ParkedFor(cause="ValueError", count=3, since=HOURS_AGO),)
    late = {"behind": 3, "seconds": 70.0, "moved_at": NOW}
    seen = [service(loop(row("parked"), parked=parked)), service(loop(**late), name="case")]
    gauges = {"notify": gauges_in("footing_notifications_failing_seconds 7200.0\n")}
    known, said = faults([], seen), found(*seen, gauges=gauges)
    assert not_fine(known, said) == [
        "referral gate: parked",
        "case gate: behind",
        "Somebody could not be told what they are owed for 2 hours",
    ]
    assert unsaid(known, said) == ["case gate: behind"]


def test_a_loop_that_operators_hold_is_an_alarm_and_all_is_fine() -> None:
    held = service(loop(paused=Paused(since=HOURS_AGO, intake=False)))
    assert [alarm.rule for alarm in found(held)] == ["FootingLoopPaused"]
    assert not_fine(faults([], [held]), found(held)) == []


def test_a_part_that_is_down_is_one_alarm_and_no_fault_beside_it() -> None:
    parts = [{"stack": "dev", "part": "mongod", "up": False, "free_mb": None}]
    knew = service(LOOP, at=HOURS_AGO)
    said = found(knew, parts=parts)
    assert [alarm.rule for alarm in said] == ["FootingMongoAway", "FootingNotMeasured"]
    assert unsaid(faults(parts, [knew]), said) == []
