"""The texts of a live page: what stands where, real and synthetic apart, and what is sent when it changes."""

import json
from datetime import date
from typing import Any

from support.outcomes import known

from outcomes_service.dashboard.staff import live, shown
from outcomes_service.store import Figure

SCHEME = known().schemes["central-west-midlands"]


def figure(**said: Any) -> Figure:
    """143 of 174 in work, 10 of them unknown, unless said otherwise."""
    values = {
        "k": 143, "n": 174, "u": 10, "rate": 143 / 174, "low": 0.758, "high": 0.872,
        "lowest": 143 / 174, "highest": 153 / 174, "value": None, "p90": None, "open": 3,
    }  # fmt: skip
    named = {
        "scheme_id": SCHEME.id, "area": None, "measure": "work-at-52-weeks", "title": "In work at 52 weeks",
        "definition": "seed", "synthetic": False, "unit": "case", "cohort": "cases", "version": "1",
    }  # fmt: skip
    return Figure(**{**named, **values, "as_of": date(2026, 3, 2), **said})


def test_every_number_of_a_figure_has_its_place() -> None:
    key = "real//work-at-52-weeks/seed"
    told = shown.texts([figure()])
    assert {place: text for place, text in told.items() if "/standing/" not in place} == {
        f"{key}/figure": "82.2 %",
        f"{key}/k": "143",
        f"{key}/n": "174",
        f"{key}/u": "10",
        f"{key}/interval": "75.8 to 87.2 %",
        f"{key}/bounds": "82.2 to 87.9 %",
        f"{key}/open": "3",
    }


def test_real_and_synthetic_figures_never_stand_in_one_table_nor_an_area_with_the_whole() -> None:
    area = SCHEME.areas[0].id
    found = [figure(), figure(synthetic=True), figure(area=area), figure(measure="follow-ups-known", title="Known")]
    real, made_up = shown.groups([f for f in found if f.area is None], "Midlands", known().measures)
    assert [(caption, [line.key for line in lines]) for caption, lines in (*real.tables, *made_up.tables)] == [
        ("Midlands: figures, real events", ["real//work-at-52-weeks/seed"]),
        ("Midlands: how good the data are, real events", ["real//follow-ups-known/seed"]),
        ("Midlands: figures, synthetic events", ["synthetic//work-at-52-weeks/seed"]),
    ]
    (of_area,) = shown.groups([f for f in found if f.area == area], "One area", known().measures)
    assert [line.key for _, lines in of_area.tables for line in lines] == [f"real/{area}/work-at-52-weeks/seed"]


def test_who_looks_at_an_area_is_sent_what_is_about_it() -> None:
    area = SCHEME.areas[0].id
    told = shown.texts([figure(late_days=3.0), figure(area=area, late_days=5.0, waiting=2, parked=0)])
    assert len(told) == 20
    assert {name.partition("/standing/")[0] for name in shown.of_area(told, area) if "standing" in name} == {
        f"real/{area}"
    }
    assert len(shown.of_area(told, None)) == 10
    assert told[f"real/{area}/standing/in-hand"] == "In the whole scheme 2 events wait at a gate, 0 are parked."


def test_what_could_still_change_a_figure_is_said_beside_it() -> None:
    told = shown.texts([figure(expected=1_200, absent=34, late_days=12.0, waiting=2, parked=0, freshness_seconds=0.0)])
    assert {name: text for name, text in told.items() if "/standing/" in name} == {
        "real//standing/follow-ups": "Of 1,200 follow-ups whose window has closed, nothing was recorded of 34.",
        "real//standing/lateness": "Nine of ten events came within 12 days.",
        "real//standing/in-hand": "2 events wait at a gate, 0 are parked.",
        "real//standing/freshness": "Everything that was accepted is counted.",
    }


def test_how_old_the_oldest_event_is_that_is_not_counted_is_said_to_the_minute() -> None:
    assert "not known" in shown.freshness(None)
    assert "not known" in shown.in_hand(None, 0)
    assert shown.freshness(40.0) == "The oldest accepted event that is not counted yet is less than two minutes old."
    assert shown.freshness(600.0) == "The oldest accepted event that is not counted yet is 10 minutes old."


def test_a_state_is_another_whenever_a_text_is() -> None:
    before, after = shown.texts([figure()]), shown.texts([figure(k=144)])
    assert shown.state(before) == shown.state(dict(reversed(before.items())))
    assert shown.state(before) != shown.state(after)


def test_only_what_changed_is_sent_and_what_is_gone_is_sent_as_nothing() -> None:
    sent = live.event({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4"})
    name, number, data = sent.decode().rstrip().split("\n")
    assert (name, number) == ("event: figures", f"id: {shown.state({'a': '1', 'b': '4'})}")
    assert json.loads(data.removeprefix("data: ")) == {"b": "4", "c": None}
