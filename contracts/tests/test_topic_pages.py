"""The page of each topic says what the code sets up."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts import topics

FOLDER = Path(__file__).parents[1] / "topics"
PAGES = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.yaml")}
FIELDS = {
    "topic", "owner", "producers", "consumers", "key", "value", "partitions", "retention", "cleanup", "restricted",
    "event_types",
}  # fmt: skip


def test_each_topic_has_a_page_and_so_have_the_two_patterns() -> None:
    assert set(PAGES) == {*topics.CANONICAL_TOPICS, "inbox", "receipts"}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_says_everything(name: str) -> None:
    assert FIELDS <= set(PAGES[name]) <= FIELDS | {"restriction", "note"}
    assert PAGES[name]["restricted"] is ("restriction" in PAGES[name])


@pytest.mark.parametrize("name", topics.CANONICAL_TOPICS)
def test_a_canonical_topic_is_as_its_page_says(name: str) -> None:
    page: dict[str, Any] = PAGES[name]
    assert page["topic"] == name
    assert page["partitions"] == topics.CANONICAL_PARTITIONS
    assert page["retention"] == "for ever"
    assert set(page["event_types"]) == set(topics.types_on(name))
    assert page["producers"] == [page["owner"]], "each canonical topic has one writer"
    assert page["owner"] == topics.GATES.get(name, page["owner"])


def test_inboxes_and_receipts_are_as_their_pages_say() -> None:
    inbox, receipts = PAGES["inbox"], PAGES["receipts"]
    assert inbox["partitions"] == topics.INBOX_PARTITIONS
    assert receipts["partitions"] == topics.RECEIPT_PARTITIONS
    assert inbox["retention"] == f"{topics.INBOX_DAYS} days"
    assert receipts["retention"] == f"{topics.RECEIPT_DAYS} days"
    assert str(topics.LARGEST_VALUE_BYTES) in inbox["value"]
    assert set(inbox["event_types"]) == {name for topic in topics.GATES for name in topics.types_on(topic)}
    assert topics.inbox("acme", "session-held") == "inbox.acme.session-held"
    assert topics.receipts("acme") == "receipts.acme"
