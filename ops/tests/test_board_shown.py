"""What the board makes of what it found: the flow, the last day, ages of what is old. No service is needed."""

import re
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from ops.alarms.alarm import Alarm
from ops.board.drawing import chart, drawn
from ops.board.flow import flow_of
from ops.board.frame import TEMPLATES
from ops.board.history import LoopPoint, Point, point_of
from ops.board.pages.now import FRAGMENTS, state_of
from ops.board.runbooks import runbooks
from ops.board.showing import charts, hours, values
from ops.board.snapshot import ServiceNow, Snapshot, TopicsNow
from ops.board.sources import rates
from ops.standing.asking import Seen
from servicekit.standing import Lane, LoopStanding, ParkedFor, Standing

NOW = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
LATE = LoopStanding(
    loop="gate", behind=3, seconds=90.0, oldest_at=None, moved_at=None, waiting=2,
    lanes=(Lane(topic="inbox.*.session-held", lane=0, behind=3, seconds=90.0, moved_at=None),),
    parked=(ParkedFor(cause="KeyError", count=4, since=NOW - timedelta(hours=2)),),
    outbox=0, unsent_seconds=0.0, came=6, handled=5,
)  # fmt: skip


def service(name: str, *loops: LoopStanding, at: datetime = NOW, up: bool = True) -> ServiceNow:
    standing = Standing(
        service=name, version="0.1.0", since=NOW, ready=True, why={}, at=at, loops=loops, read_models={}
    )  # fmt: skip
    problem = None if up else "does not answer (ConnectError)"
    seen = Seen(installation="dev", service=name, url="http://x", problem=problem, standing=standing if up else None)
    return ServiceNow(seen, NOW, loops, at, {})


def snapshot(*services: ServiceNow, **more: object) -> Snapshot:
    came = {"inbox.acme.session-held": 6, "inbox.robin.session-held": 0, "session-held": 5}
    return Snapshot(NOW, services, topics=TopicsNow(NOW, came), **more)  # type: ignore[arg-type]


def shown(of: Snapshot) -> str:
    given = values(of, [], ())
    return "".join(TEMPLATES.get_template(f"board/{name}.html").render(given) for name in FRAGMENTS)


def test_events_flow_from_partners_through_inbox_gate_and_topic() -> None:
    flow = flow_of(snapshot(service("case", LATE)))
    assert [(node.title, node.flow) for node in flow.column(0)] == [("acme", "6 a minute"), ("robin", "0 a minute")]
    (inbox,) = flow.column(1)
    assert (inbox.title, inbox.flow, inbox.lag) == ("session-held", "6 a minute", "3 behind, 2 min")
    (gate,) = flow.column(2)
    assert (gate.title, gate.flow, gate.said) == ("case: gate", "5 a minute", "stands still, parked")
    ways = {(way.source, way.target): way for way in flow.ways}
    assert ways["partner acme", "inbox.*.session-held"].flows
    assert not ways["partner robin", "inbox.*.session-held"].flows
    assert ways["inbox.*.session-held", "case gate"].late
    assert ("case gate", "session-held") in ways


def test_of_many_partners_those_who_say_most_are_drawn_and_the_others_are_one() -> None:
    came = {f"inbox.p{number}.session-held": number for number in range(10, 20)}
    nodes = flow_of(Snapshot(NOW, topics=TopicsNow(NOW, came))).column(0)
    assert [node.title for node in nodes] == ["p19", "p18", "p17", "p16", "p15", "5 others"]
    assert nodes[-1].rate == 10 + 11 + 12 + 13 + 14


def test_the_canary_is_no_partner_in_the_picture() -> None:
    came = {"inbox.acme.session-held": 1, "inbox.canary.session-held": 2}
    flow = flow_of(Snapshot(NOW, topics=TopicsNow(NOW, came)), {"canary"})
    assert [node.title for node in flow.column(0)] == ["acme"]
    assert [node.rate for node in flow.column(1)] == [1]


def test_every_box_of_the_picture_stands_in_it_and_none_on_another() -> None:
    picture = drawn(flow_of(snapshot(service("case", LATE))))
    places = [(box.x, box.y) for box in picture.boxes]
    assert len(set(places)) == len(places)
    assert all(x + picture.box_width <= picture.width and y + picture.box_height <= picture.height for x, y in places)


def test_where_all_is_fine_the_page_says_so_first() -> None:
    assert "Everything is fine" in shown(snapshot(service("case")))


def test_an_alarm_says_what_since_when_what_it_does_to_the_numbers_and_where_to_read_on() -> None:
    alarm = Alarm(
        "FootingParked", "critical", "case gate: 4 are parked.", NOW - timedelta(minutes=7),
        "Leicester: 4 sessions are parked.", "docs/operate/parked-group.md", {},
    )  # fmt: skip
    page = shown(snapshot(service("case", LATE), alarms=(alarm,)))
    assert "1 thing is not fine" in page
    assert "Look now" in page
    assert "Since 11:53 UTC. Leicester: 4 sessions are parked." in page
    assert 'href="/board/runbooks/parked-group"' in page


def test_what_is_old_is_shown_as_it_was_with_its_age() -> None:
    before = NOW - timedelta(minutes=3)
    of = snapshot(service("case", LATE, at=before), mongodb_since=before)
    page = shown(of)
    assert "MongoDB does not answer since 11:57:30 UTC." in page
    assert "some as of 11:57:30 UTC, 3 min ago" in page
    assert "was stands still, parked at 11:57:30 UTC" in page
    assert flow_of(of).column(2)[0].said == "was stands still, parked 3 min ago"
    assert state_of(of, NOW)["age_seconds"] == 180.0
    assert point_of(of, NOW) is None  # the history says nothing of what was not known then


def test_a_service_that_is_down_is_shown_with_what_is_known_of_its_loops() -> None:
    of = snapshot(service("case", LATE, up=False))
    page = shown(of)
    assert "does not answer (ConnectError)" in page
    assert flow_of(of).column(2)[0].said == "down"


@pytest.mark.parametrize(
    ("seconds", "rate"),
    [(0.0, None), (4.0, None), (30.0, 12), (60.0, 12), (120.0, 6)],
)
def test_a_rate_is_of_the_last_minute_and_of_less_only_if_it_is_something(seconds: float, rate: int | None) -> None:
    past = deque([(0.0, {"session-held": 100})])
    assert rates(past, seconds, {"session-held": 112}) == {"session-held": rate}


def point(at: datetime, behind: int, seconds: float = 1.0) -> Point:
    loop = LoopPoint(behind=behind, seconds=seconds, came=1, handled=2, waiting=3, parked=0)
    return Point(at=at, loops={"case gate": loop, "outcomes gate": loop}, read_models={"figures": 4.0}, alarms=0)


def test_an_hour_shows_the_most_of_what_was_and_all_that_was_handled() -> None:
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    rows = hours([point(nine, 1), point(nine + timedelta(minutes=1), 5, 70.0), point(nine + timedelta(hours=2), 0)])
    assert [row.at for row in rows] == [nine + timedelta(hours=2), nine + timedelta(hours=1), nine]
    first = rows[-1]
    assert (first.behind, first.seconds, first.handled, first.waiting, first.age) == (10, 70.0, 8, 6, 4.0)
    assert (rows[1].behind, rows[1].handled) == (None, 0)


def test_a_line_breaks_where_nothing_was_known() -> None:
    noon = NOW.replace(second=0)
    line = chart("Behind", "records", [(noon, 4.0), (noon, None), (noon, 0.0)], noon)
    assert line.paths == ("M520.0 0.0h1", "M520.0 110.0h1")
    assert line.top == 4.0
    assert [title for _, title in line.ticks] == ["18:00", "00:00", "06:00", "12:00"]


def test_the_charts_say_of_all_loops_together_what_was_most() -> None:
    lines = {line.title: line.top for line in charts([point(NOW, 7, 20.0)], NOW)}
    assert lines["Not taken up yet"] == 14
    assert lines["Oldest not taken up"] == 20.0
    assert lines["Handled"] == 4


def test_every_region_of_a_runbook_has_a_name_of_its_own_and_pictures_are_said_in_words() -> None:
    pages = list(runbooks().values())
    assert "(Picture: The first page of the board" in next(page.html for page in pages if page.name == "board")
    for page in pages:
        regions = re.findall(r'aria-label="([^"]*)"', page.html)
        assert len(regions) == len(set(regions)), page.name
        assert "<img" not in page.html
