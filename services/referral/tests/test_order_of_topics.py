"""Does a referral end the same, whether permissions come before it or after it?"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.events import permission, referral_made, withdrawn
from support.referrals import gate

from contracts.permission import PermissionGiven, PermissionWithdrawn
from referral_service.domain import Referral

GIVEN = permission(PermissionGiven, 401)
LANES = (
    (referral_made(1), referral_made(2, supersedes=1, employment_status="01"), referral_made(3, supersedes=2)),
    (GIVEN, permission(PermissionWithdrawn, 402), withdrawn(GIVEN), permission(PermissionGiven, 403)),
)
IN_TURN = [lane for lane, events in enumerate(LANES) for _ in events]


def played(order: list[int]) -> tuple[Any, ...]:
    play, taken = gate(), [0] * len(LANES)
    for lane in order:
        play.say(LANES[lane][taken[lane]])
        taken[lane] += 1
    said = [event.id for event in play.announced]
    of_lanes = tuple(tuple(id for id in said if id in {event.id for event in events}) for events in LANES)
    return facts(play.document), of_lanes, len(said)


def facts(referral: Referral) -> tuple[Any, ...]:
    entries = frozenset((e.type, e.id, e.superseded_by, e.withdrawn) for e in referral.entries.items)
    return referral.scheme_id, referral.person_ref, referral.withdrawn_at, referral.version, entries, referral.waiting


@settings(max_examples=35, deadline=None)
@given(st.permutations(IN_TURN))
def test_any_order_between_topics_ends_in_the_same_referral_and_the_same_announcements(order: list[int]) -> None:
    assert played(order) == played(IN_TURN)


def test_in_turn_everything_is_accepted() -> None:
    referral, _, announced = played(IN_TURN)
    assert announced == 7
    assert referral[-1] == ()
