"""A canary's journey is kept, so that it can be seen to have arrived; nothing that anybody counts or lists has it."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.events import accepted_referral, session_held

import schemes
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import cells
from outcomes_service.projections.facts import fact_of
from outcomes_service.projections.journeys import Journey, completed, evolve
from outcomes_service.projections.persons import visit_of
from outcomes_service.projections.views import JOURNEYS
from outcomes_service.releases.plans import EVERY, PlanMistakes, Planned, read
from schemes import register


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(schemes.load(), register.load())


def journey(scheme: str, area: str) -> Journey:
    made = accepted_referral(scheme_id=scheme, scheme_area=area, person_ref=None, source_code="D1", synthetic=True)
    held = replace(session_held(synthetic=True), accepted_at=made.time)
    said = Journey(id=made.subject)
    for event in (made, held):
        said = evolve(said, fact_of(event, made.time))
    return completed(said)


def test_it_counts_in_no_measure_and_is_nobody(known: Known) -> None:
    canary = journey("canary", "canary")
    assert (canary.scheme_id, canary.sessions) == ("canary", 1)
    assert list(cells(canary, known)) == []
    assert visit_of(canary) is None
    counted = {key[0].measure for key, _ in cells(journey("small-business-support", "england"), known)}
    assert "contacts" in counted, "the same in a service is counted"


def test_no_list_view_or_release_has_it(known: Known, tmp_path: Path) -> None:
    assert "canary" not in known.shown
    assert "canary" not in Planned(id="all", title="All", schemes=(EVERY,)).shows(known)
    plan = tmp_path / "plan.yaml"
    plan.write_text("title: T\ntables:\n  - {id: one, title: One, schemes: [canary]}\n")
    with pytest.raises(PlanMistakes, match="there is no scheme canary"):
        read(plan, known)
    assert JOURNEYS[0] == {"$match": {"scheme_id": {"$exists": True, "$ne": "canary"}}}
