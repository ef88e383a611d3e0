"""The check before publication: attack the tables as they would be published, and say what gives way."""

from collections.abc import Sequence
from dataclasses import dataclass

from outcomes_service.releases.counts import Count, WentOut
from outcomes_service.releases.model import Table
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.web import web


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A small count that an outsider can work out to lie from `least` to `most`, more closely than is allowed.

    `counts` has it under every name that it goes by. What no table shows has a part of its own: `n-k` are those of a
    group who did not succeed, `n-k-u` those of whom that is known.
    """

    counts: tuple[Count, ...]
    least: int
    most: int | None


def check(
    exact: Sequence[Table], published: Sequence[Table], earlier: Sequence[WentOut], profile: Profile
) -> tuple[Narrowed, ...]:
    """What stands against publishing these tables after those that went out before: nothing, if it is empty.

    Whatever can be worked out from everything published, a protected count has to be possibly anything from 1 to 7.
    What earlier releases give away by themselves is not held against a new one.
    """
    if profile.exact:
        return ()
    found = _found([*earlier, WentOut(tuple(exact), tuple(published))], profile)
    before = _found(earlier, profile) if found and earlier else {}
    return tuple(Narrowed(counts, *within) for counts, within in found.items() if before.get(counts) != within)


def _found(releases: Sequence[WentOut], profile: Profile) -> dict[tuple[Count, ...], tuple[int, int | None]]:
    from outcomes_service.releases.covering import narrowed  # noqa: PLC0415  the solver is slow to load

    woven = web([each.published for each in releases], profile, [each.exact for each in releases])
    return {
        tuple(dict.fromkeys(told.of for told in woven.told[number])): within
        for number, within in narrowed(woven, profile).items()
    }
