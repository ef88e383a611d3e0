"""What a partner has sent, held against the list: by which an item passes, and what is said where it has not."""

import json
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from support.events import at, numbered, session_held, withdrawn

from contracts import codec
from contracts.envelope import Event
from contracts.receipt import Position, Receipt
from contracts.topics import inbox
from ops.certifying.checklist import Result, results
from ops.certifying.evidence import Evidence
from ops.certifying.report import Report
from ops.certifying.running import as_structured
from servicekit.partners import Partner

PARTNER = Partner(name="acme", number=1, schemes=frozenset({"bridgend"}), events=frozenset({"session-held"}))
WHEN = at("2026-06-01T10:00")
OFTEN = ("event:session-held", "mode:binary", "mode:structured", "duplicate", "correction", "late", "withdrawal")


class Sending:
    """A partner that sends, each record in the next second."""

    def __init__(self) -> None:
        self.seen, self._offset = Evidence(), 0

    def send(self, said: Event[Any], *fates: str, reason: str | None = None, structured: bool = False) -> None:
        record = codec.encode(replace(said, accepted_at=None))
        record = record._replace(topic=inbox("acme", record.topic), partition=0, offset=self._offset)
        if reason is None:
            self.seen.take_record(as_structured(record) if structured else record)
        for fate in fates:
            self.receipt(said, fate, record.topic, reason if fate == "refused" else None)
        self._offset += 1

    def receipt(self, said: Event[Any], fate: Any, topic: str, reason: str | None) -> None:
        place = Position(topic=topic, partition=0, offset=self._offset)
        when = WHEN + timedelta(seconds=self._offset)
        self.seen.take_receipt(
            Receipt(
                event_id=said.id,
                type=said.type,
                referral_id=said.subject,
                fate=fate,
                reason=reason,
                at=when,
                position=place,
            )
        )

    def passed(self, partner: Partner = PARTNER) -> list[str]:
        return [item.id for item in results(partner, self.seen) if item.passed]

    def item(self, name: str) -> Result:
        return next(item for item in results(PARTNER, self.seen) if item.id == name)


def test_of_a_partner_that_sent_nothing_nothing_has_passed_and_everything_says_what_to_do() -> None:
    items = results(PARTNER, Evidence())
    assert not any(item.passed for item in items)
    assert all(item.to_do for item in items)
    names = [item.id for item in items]
    assert set(OFTEN) | {"resend", "refusal:field_missing", "refusal:time_differs", "refusal:key_missing"} <= set(names)
    assert not {"refusal:not_voluntary", "refusal:period_invalid", "refusal:time_in_future"} & set(names)


def test_each_item_passes_by_what_was_accepted() -> None:
    partner = Sending()
    first = session_held(1, on="2026-05-30T10:00")
    partner.send(first, "waiting", "accepted")
    assert partner.passed() == ["event:session-held", "mode:binary", "late"]
    partner.send(first, "duplicate")
    partner.send(session_held(2, on="2026-06-01T10:00", session=901), "accepted", structured=True)
    partner.send(session_held(3, on="2026-06-01T10:00", supersedes=1), "accepted")
    assert partner.passed() == [*OFTEN[:-1]]
    partner.send(withdrawn(first, id=numbered(4)), "accepted")
    assert partner.passed() == [*OFTEN]
    proof = partner.item("correction").proof
    assert proof is not None
    assert (proof.event_id, proof.place) == (numbered(3), "inbox.acme.session-held/0/3")


def test_what_waits_or_is_refused_passes_nothing() -> None:
    partner = Sending()
    partner.send(session_held(1), "waiting")
    partner.send(session_held(2, supersedes=1), "waiting")
    partner.send(session_held(3), "refused", reason="field_missing")
    assert partner.passed() == []


def test_a_refusal_is_handled_by_the_same_event_mended_or_another_of_its_type() -> None:
    partner = Sending()
    partner.send(session_held(1), "accepted")  # before: handles nothing
    partner.send(session_held(2), "refused", reason="field_missing")
    item = partner.item("refusal:field_missing")
    assert not item.passed
    assert item.to_do == "You were refused so. Add the field that `field` names. Then send it again."
    partner.send(session_held(5), "accepted")
    assert "refusal:field_missing" in partner.passed()
    assert "resend" not in partner.passed()
    partner.send(session_held(2), "accepted")
    assert "resend" in partner.passed()
    assert partner.item("refusal:field_missing").proof == partner.item("resend").proof


def test_what_the_door_refused_and_in_which_mode_it_took_events_is_put_down_by_the_door() -> None:
    partner = Sending()
    met = {"at": WHEN, "event_id": numbered(1), "type": "footing.session-held.v1"}
    long_ago = {"at": WHEN - timedelta(days=60)}
    step = {
        "taken": {"structured": {"at": WHEN}},
        "refused": {"field_missing": met, "too_long": long_ago},
    }
    partner.seen.take_doorstep(step, WHEN - timedelta(days=30))
    partner.send(session_held(1, on="2026-06-01T10:00"), "received", "accepted")
    assert partner.passed() == ["event:session-held", "mode:structured", "resend", "refusal:field_missing"]
    names = [item.id for item in results(PARTNER, partner.seen)]
    assert not {"refusal:key_missing", "refusal:wrong_topic", "refusal:record_empty"} & set(names)


def test_of_a_run_its_own_events_count_alone() -> None:
    partner = Sending()
    partner.seen = Evidence(only=frozenset({numbered(2)}))
    partner.send(session_held(1, on="2026-05-30T10:00"), "accepted")
    assert partner.passed() == []
    partner.send(session_held(2, on="2026-06-01T10:00"), "accepted")
    assert partner.passed() == ["event:session-held", "mode:binary"]


def test_a_partner_of_other_events_has_another_list() -> None:
    counts = publishing("fit-notes-counted", "referral-made")
    names = {item.id for item in results(counts, Evidence())}
    assert {
        "event:fit-notes-counted",
        "event:referral-made",
        "refusal:period_invalid",
        "refusal:not_voluntary",
    } <= names
    assert not {"refusal:time_differs", "refusal:kinds_not_one"} & names


def publishing(*events: str) -> Partner:
    return Partner(name="acme", number=1, schemes=frozenset(), events=frozenset(events))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def count(self, name: str) -> int:
        return sum(tag == name for tag, _ in self.tags)


def test_the_report_says_the_same_to_machines_and_to_people(tmp_path: Path) -> None:
    partner = Sending()
    partner.send(session_held(1, on="2026-05-30T10:00"), "accepted")
    report = Report("acme", WHEN, WHEN - timedelta(days=7), False, results(PARTNER, partner.seen))
    page = report.write(tmp_path / "reports" / "acme.json")
    said = json.loads((tmp_path / "reports" / "acme.json").read_text())
    assert (said["partner"], said["passed"], said["way"], said["made_at"]) == (
        "acme", False, "watched", "2026-06-01T10:00:00Z"
    )  # fmt: skip
    assert [item["id"] for item in said["items"] if item["passed"]] == ["event:session-held", "mode:binary", "late"]
    assert said["items"][0]["proof"]["event_id"] == numbered(1)
    html = page.read_text()
    assert f"3 of {len(said['items'])} passed" in html
    read = Page()
    read.feed(html)
    assert read.tags[0] == ("html", {"lang": "en-GB"})
    assert [read.count(tag) for tag in ("h1", "main", "title", "caption")] == [1, 1, 1, 1]
    assert read.count("tr") == len(said["items"]) + 1
    assert all("scope" in attributes for tag, attributes in read.tags if tag == "th")
    outside = ("script", "link", "img", "iframe")
    assert not [tag for tag, attributes in read.tags if tag in outside or {"src", "href"} & attributes.keys()]
