"""The publisher that partners are offered, by both ways in, where everything runs: one interface, the same fates."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.whole import Whole
from support.world import made

from contracts import exemplars, samples
from contracts.broken import MISTAKES
from contracts.ids import new_id
from contracts.publishing.fates import NoAnswer, NotAllowed, NotTaken
from contracts.publishing.over_http import HttpPublisher
from contracts.publishing.over_kafka import KafkaPublisher
from contracts.publishing.publisher import Publisher
from contracts.referral_made import ReferralMade
from contracts.topics import inbox
from ops.commands.trigger import send

PARTNER, SCHEME = "maker", "east-lancashire"


@pytest.fixture(scope="module")
async def over_kafka(whole: Whole) -> AsyncIterator[Publisher]:
    async with KafkaPublisher(whole.stack.kafka_url, partner=PARTNER) as publisher:
        yield publisher


@pytest.fixture(scope="module")
async def over_http(whole: Whole, over_kafka: Publisher) -> AsyncIterator[Publisher]:
    async with HttpPublisher(whole.services.urls["door"], partner=PARTNER, token=whole.tokens[PARTNER]) as publisher:
        yield publisher


@pytest.fixture(params=["over_kafka", "over_http"])
def publisher(request: pytest.FixtureRequest, over_kafka: Publisher, over_http: Publisher) -> Publisher:
    """Each way in."""
    return {"over_kafka": over_kafka, "over_http": over_http}[request.param]


def referral(**differs: Any) -> ReferralMade:
    token = f"made-up-person-{new_id()}"
    return exemplars.referral_made(referral_id=new_id(), scheme_id=SCHEME, person_token=token, **differs)


async def test_the_fate_of_an_event_is_awaited_whatever_it_is(publisher: Publisher) -> None:
    unknown = exemplars.session_held(referral_id=new_id(), session_id=new_id())
    accepted, refused, waiting = await asyncio.gather(
        publisher.publish(referral()),
        publisher.publish(referral(scheme_area="nowhere")),
        publisher.publish(unknown),
    )
    assert (accepted.fate, accepted.reason, accepted.is_final) == ("accepted", None, True)
    assert (refused.fate, refused.reason, refused.field) == ("refused", "area_unknown", "data.scheme_area")
    assert refused.expected is not None
    assert (waiting.fate, waiting.is_final) == ("waiting", False)
    assert uuid.UUID(accepted.event_id).version == 7


async def test_an_event_that_is_sent_again_under_its_id_has_the_fate_that_it_had(publisher: Publisher) -> None:
    event = publisher.event(referral())
    first = await publisher.publish(event)
    again = await publisher.publish(event)
    assert (first.fate, again.fate) == ("accepted", "accepted")
    assert again.event_id == event.id
    known = await publisher.fate_of(event)
    assert known is not None
    assert known.fate == "accepted"
    assert await publisher.fate_of(publisher.event(referral())) is None


async def test_what_one_way_in_published_the_other_knows(over_kafka: Publisher, over_http: Publisher) -> None:
    event = over_kafka.event(referral())
    assert (await over_kafka.publish(event)).fate == "accepted"
    assert (await over_http.publish(event)).fate == "accepted"
    known = await over_kafka.fate_of(event)
    assert known is not None
    assert known.fate == "accepted"


async def test_a_correction_and_a_withdrawal_are_events_of_their_own(publisher: Publisher) -> None:
    first = publisher.event(referral())
    better = publisher.event(first.data.model_copy(update={"supersedes": first.id, "employment_status": "02"}))
    fates = [
        (await publisher.publish(event)).fate
        for event in (first, better, publisher.withdrawal(better, "entered_in_error"))
    ]
    assert fates == ["accepted", "accepted", "accepted"]


async def test_over_kafka_an_id_that_is_used_for_something_else_is_told(over_kafka: Publisher) -> None:
    event = over_kafka.event(referral())
    assert (await over_kafka.publish(event)).fate == "accepted"
    other = over_kafka.event(referral(), id=event.id)
    assert (await over_kafka.publish(other)).fate == "id_reused"


async def test_nothing_is_known_where_nobody_answers(whole: Whole) -> None:
    nobody = HttpPublisher("http://127.0.0.1:9", partner=PARTNER, token="t", answer_seconds=0.5)
    stranger = HttpPublisher(whole.services.urls["door"], partner=PARTNER, token="ftg_of-nobody")
    async with nobody, stranger:
        with pytest.raises(NotTaken):
            await nobody.publish(referral())
        with pytest.raises(NotAllowed):
            await stranger.publish(referral())
    with pytest.raises(ConnectionError, match="Kafka does not answer"):
        async with KafkaPublisher("127.0.0.1:9", partner=PARTNER, answer_seconds=1.0):
            pass


async def test_an_event_was_taken_even_where_its_receipt_cannot_be_read(
    kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path
) -> None:
    async with (
        made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({SCHEME})) as world,
        KafkaPublisher(kafka_url, partner=world.partner) as publisher,
    ):
        publisher._reader.cancel()  # as it ends where the topic or the right to read it is gone
        event = publisher.event(referral())
        with pytest.raises(NoAnswer) as failed:
            await publisher.publish(event)
        assert failed.value.event is event
        async for record in world._records(inbox(world.partner, "referral-made")):
            assert dict(record.headers)["ce_id"] == event.id.encode()
            break


BOTH = [
    (mistake, way)
    for mistake in MISTAKES
    for way in (("over_kafka", "over_http") if mistake.by_http else ("over_kafka",))
]


@pytest.fixture(scope="module")
async def triggered(over_kafka: Publisher, over_http: Publisher) -> dict[tuple[str, str], Any]:
    """What became of a sample with each mistake, by each way in that can say it."""
    ways = {"over_kafka": over_kafka, "over_http": over_http}
    found = {}
    for mistake, way in BOTH:
        event = next(iter(mistake.fields))
        (sent,) = await send(ways[way], event, mistake, SCHEME)
        found[mistake.reason, way] = (event, sent.fate)
    return found


@pytest.mark.parametrize(("mistake", "way"), BOTH, ids=[f"{mistake.reason}-{way}" for mistake, way in BOTH])
def test_each_mistake_is_refused_for_its_reason_by_each_way_in(
    triggered: dict[tuple[str, str], Any], mistake: Any, way: str
) -> None:
    event, fate = triggered[mistake.reason, way]
    assert (fate.fate, fate.reason, fate.field) == ("refused", mistake.reason, mistake.fields[event])
    assert fate.expected


@pytest.mark.parametrize("event", samples.EVENTS)
async def test_each_good_sample_is_accepted(publisher: Publisher, event: str) -> None:
    sent = await send(publisher, event, None, SCHEME)
    assert [each.fate.fate for each in sent] == ["accepted"] * len(sent)
