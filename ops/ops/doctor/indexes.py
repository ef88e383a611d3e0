"""The indexes that services read by, as their own preparation makes them; a test holds this list against that."""

from collections.abc import Mapping
from typing import Final

Keys = tuple[str, ...]

_EVERY_SERVICE: Final[Mapping[str, tuple[Keys, ...]]] = {
    "outbox": (("loop", "owner", "seq", "n"),),
    "parked": (("loop", "key", "n"), ("loop", "asked.at")),
}
_OF: Final[Mapping[str, Mapping[str, tuple[Keys, ...]]]] = {
    "referral": {"referrals": (("person_ref",),), "persons": (("person_ref",),)},
    "case": {"cases": (("scheme_id", "due_from"), ("next_due_on",))},
    "outcomes": {"staff_reads": (("at",), ("who", "at"))},
    "notify": {"notifications": (("state", "queue", "next_attempt_at"), ("referral_id",))},
    "door": {"fates": (("last_at",), ("said.referral_id",))},
}
REGISTRY: Final[Mapping[str, tuple[Keys, ...]]] = {"partners": (("number",),), "staff_sessions": (("ends_at",),)}
OF_CELLS: Final[tuple[Keys, ...]] = (("scheme_id", "measure"),)  # of the version to which the pointer points


def wanted(service: str) -> dict[str, tuple[Keys, ...]]:
    """Collection -> the keys of each index, of a service's database."""
    return {**_EVERY_SERVICE, **_OF[service]}
