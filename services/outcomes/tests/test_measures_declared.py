"""Is every measure fully declared, and does it still mean what its version says?"""

import pytest
from support.measure_versions import OTHER_WORDS, as_it_is, unlooked_at, written_down
from support.outcomes import known

from outcomes_service.indicators.catalogue import MEASURES
from outcomes_service.indicators.definitions import DEFINITIONS
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, SEED, Measure

MEASURES_OF_THE_FIELD = {
    "users", "left-with-plan", "completer-success", "work-at-52-weeks", "work-at-52-weeks-of-entered",
    "work-at-52-weeks-of-completers", "entered", "entered-13", "entered-26", "entered-52", "returned", "returned-13",
    "returned-26", "returned-52", "stayed", "stayed-13", "stayed-26", "stayed-52", "sustained-13", "sustained-26",
    "sustained-52", "sustained-13-known", "sustained-26-known", "sustained-52-known", "sustained-work",
    "programme-completion", "start-rate", "wait-to-first-session", "time-to-return", "reach-practices",
    "practices-referring", "reach-people", "reach-hosts", "programme-retention", "programme-length", "conversion",
    "contacts", "training-starts", "capacity-used", "fit-note-share", "cost-per-person", "cost-per-person-seen",
    "cost-per-contact", "cost-per-area", "cost-per-area-year", "cost-per-pilot", "follow-ups-known", "lateness",
    "waiting", "parked", "statuses-not-fitting", "referrals-not-eligible",
}  # fmt: skip


def test_every_measure_of_the_field_is_there_and_no_other() -> None:
    assert {measure.id for measure in MEASURES} == MEASURES_OF_THE_FIELD
    assert len(MEASURES) == len(MEASURES_OF_THE_FIELD)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)
def test_a_measure_says_all_that_a_reader_needs(measure: Measure) -> None:
    for said in (measure.title, measure.words, measure.cohort, measure.source):
        assert said == said.strip()
        assert len(said) > 5
    assert measure.words.endswith(".")
    assert measure.numerator or measure.denominator
    assert (measure.unknown is not None) == (_has_unknown(measure) or measure.id == "sustained-work")
    assert measure.window is not None or measure.definitions == SEED
    assert measure.caveats


def _has_unknown(measure: Measure) -> bool:
    return getattr(measure.counting, "unknown", None) is not None or measure.id == "follow-ups-known"


def test_no_measure_is_under_a_definition_that_nobody_explains() -> None:
    assert tuple(definition.id for definition in DEFINITIONS) == OUTCOME_DEFINITIONS
    assert {measure.definitions for measure in MEASURES} == {SEED, OUTCOME_DEFINITIONS}


def test_what_a_measure_means_changes_only_with_its_version() -> None:
    """If this fails: raise `version` of each measure that means something else now, then write it down anew.

    `PYTHONPATH=tests .venv/bin/python -m support.measure_versions`
    """
    assert unlooked_at(written_down(), as_it_is()) == []


def test_other_words_under_the_same_version_are_told_apart_from_other_code() -> None:
    now = as_it_is()
    was = {"common": now["common"], "measures": {**now["measures"]}}
    was["measures"]["users"] = {**now["measures"]["users"], "words": "others"}
    was["measures"]["stayed"] = {**now["measures"]["stayed"], "code": "other"}
    assert unlooked_at(was, now) == ["stayed: its code or its version changed", f"users: {OTHER_WORDS}"]
    was["measures"]["users"]["version"] = "0"
    assert unlooked_at(was, now)[1] == "users: its code or its version changed"


def test_a_scheme_shows_later_checkpoints_only_where_it_asks_then() -> None:
    def ids(scheme: str) -> set[str]:
        return {measure.id for measure, _ in known().shown[scheme]}

    assert {"returned", "returned-13"} <= ids("fit-note-fund")
    assert ids("fit-note-fund").isdisjoint({"returned-26", "returned-52"})
    assert {"returned-13", "returned-26", "returned-52"} <= ids("rhyl")


def test_how_good_the_data_are_is_shown_by_every_scheme_to_which_somebody_is_referred() -> None:
    quality = {"follow-ups-known", "statuses-not-fitting", "referrals-not-eligible", "lateness", "waiting", "parked"}
    for scheme, shown in known().shown.items():
        there = quality & {measure.id for measure, _ in shown}
        assert there == (set() if scheme == "fit-notes" else quality), scheme
