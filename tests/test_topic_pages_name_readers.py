"""The page of each canonical topic names the services that really listen to it."""

from pathlib import Path

import pytest
import yaml

import case_service.handlers
import notify_service.handlers
import outcomes_service.handlers
import outcomes_service.projections.journeys
import referral_service.handlers
from contracts.topics import CANONICAL_TOPICS, EVENT_TYPES

PAGES = Path(__file__).parents[1] / "contracts" / "topics"
HEARS = {
    "case": [case_service.handlers.HEARS],
    "notify": [notify_service.handlers.HEARS],
    "outcomes": [outcomes_service.handlers.HEARS, outcomes_service.projections.journeys.PROJECTS],
    "referral": [referral_service.handlers.HEARS],
}


@pytest.mark.parametrize("topic", CANONICAL_TOPICS)
def test_a_topic_has_the_readers_that_its_page_names(topic: str) -> None:
    page = yaml.safe_load((PAGES / f"{topic}.yaml").read_text(encoding="utf-8"))
    here = {kind.canonical for kind in EVENT_TYPES.values() if kind.topic == topic}
    readers = [name for name, loops in HEARS.items() if any(here & hears.follow.keys() for hears in loops)]
    assert page["consumers"] == readers
