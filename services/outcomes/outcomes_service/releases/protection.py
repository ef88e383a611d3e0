"""Protection: which counts of a draft are not shown, and how the rest reads. Earlier releases are remembered."""

from collections.abc import Collection, Mapping, Sequence
from math import log2

import msgspec

from outcomes_service.releases.counts import WentOut, count_of, people_parts
from outcomes_service.releases.model import Row, Table
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.showing import shown, small_parts
from outcomes_service.releases.web import Told, Web, web


def protect(
    tables: Sequence[Table], earlier: Sequence[WentOut], profile: Profile, *, secondary: bool = True
) -> tuple[Table, ...]:
    """The exact tables of a draft as they may be published after those that went out before, under the same profile.

    Without `secondary` only what is small itself is suppressed: that is what an attack undoes.
    """
    alone = [_shown(table, [small_parts(row, profile) for row in table.rows], profile) for table in tables]
    if profile.exact or not secondary:
        return tuple(alone)
    release = len(earlier)
    woven = web([*(each.published for each in earlier), alone], profile, [*(each.exact for each in earlier), tables])
    suppressed = _small_somewhere(tables, release, woven, profile)
    for number in suppressed:
        woven.low[number], woven.high[number] = 0, None
    suppressed |= _opened(woven, release, profile)
    return tuple(
        _shown(table, [_parts(row, release, woven, suppressed) for row in table.rows], profile) for table in tables
    )


def _shown(table: Table, suppressed: Sequence[Collection[str]], profile: Profile) -> Table:
    rows = tuple(shown(row, parts, profile) for row, parts in zip(table.rows, suppressed, strict=True))
    return msgspec.structs.replace(table, rows=rows)


def _small_somewhere(tables: Sequence[Table], release: int, woven: Web, profile: Profile) -> set[int]:
    """What one table may not show no other shows, and none of a group no other measure, unless it was shown before."""
    small = {
        woven.number[told]
        for table in tables
        for row in table.rows
        for part in small_parts(row, profile)
        if (told := Told(release, count_of(row, part))) in woven.number
    }
    none = {
        number
        for number in woven.attributes
        if not woven.truth[number] and any(told.release == release for told in woven.told[number])
    }
    return (small | none - woven.rests) - woven.held


def _parts(row: Row, release: int, woven: Web, suppressed: Collection[int]) -> list[str]:
    return [
        part
        for part in people_parts(row.at.get("measure") or "")
        if woven.number.get(Told(release, count_of(row, part))) in suppressed
    ]


def _opened(woven: Web, release: int, profile: Profile) -> set[int]:
    """The further numbers that have to be suppressed so that no small one can be worked out."""
    from outcomes_service.releases.suppressing import suppressed_beside  # noqa: PLC0415  the solver is slow to load

    return suppressed_beside(woven, _weights(woven, release), profile)


def _weights(woven: Web, release: int) -> Mapping[int, float]:
    """What each number that may be suppressed is worth to a reader: more for larger ones, and far more for totals."""
    ours = {number: [told.of for told in all_ if told.release == release] for number, all_ in woven.told.items()}
    deepest = max((len(count.population) for counts in ours.values() for count in counts), default=0)
    return {
        number: max((2 if count.part == "n" else 1) * 3.0 ** (deepest - len(count.population)) for count in counts)
        * (1 + log2(1 + woven.truth[number]))
        for number, counts in ours.items()
        if counts and number not in woven.held and woven.high[number] not in (None, woven.low[number])
    }
