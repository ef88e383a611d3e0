"""Which records of a batch come next, and which must be read again first.

A batch that was fetched before a seek can arrive after it and stand beyond the next offset: moving over the gap would
lose what is in it. So a partition with a gap is read again from the next offset; a gap that comes a second time is in
the log itself (retention removed what was there) and is passed over. Likewise what lies below the next offset: once
it is a stale batch; again, after we sought the next offset, the log ends before it if its end says so too.
"""

from collections.abc import Callable, Mapping, Sequence

from contracts.envelope import Record
from servicekit.positions import Position
from servicekit.reading import Item


class LogIsShorter(Exception):  # noqa: N818  says what is wrong, in the operators' words
    """A partition ends before what was handled of it: its topic was made anew, or the broker lost records."""


class Sequencer:
    """`again` names the partitions to be read anew; whoever seeks takes it with `take_again`."""

    def __init__(self) -> None:
        self._again: set[Position] = set()
        self._gaps: dict[Position, tuple[int, int]] = {}
        self._below: dict[Position, int] = {}

    def arrive(
        self,
        items: Sequence[Item],
        following: Mapping[Position, int],
        end_of: Callable[[Position], int | None],
    ) -> None:
        """Look at a batch once, before anything of it is written. `end_of`: the end of a log, as far as it is known.

        Raises `LogIsShorter`: going on would pass in silence over all that is written until the old offset is reached.
        """
        for place, end in ends(items).items():
            offset = following.get(place, 0)
            if end > offset:
                self._below.pop(place, None)
            elif self._below.get(place) == offset and (end_of(place) or 0) < offset:
                raise LogIsShorter(f"{place[0]}/{place[1]} ends before offset {offset}, up to which it was handled")
            else:
                self._below[place] = offset
                self._again.add(place)

    def live(self, items: Sequence[Item], following: Mapping[Position, int]) -> list[Item]:
        """The items at or after the `following` offset of partitions that are ours, none of them behind a new gap."""
        ours = [item for item in items if item.record.offset >= following.get(position_of(item.record), 2**63)]
        first: dict[Position, int] = {}
        for item in ours:
            first.setdefault(position_of(item.record), item.record.offset)
        gaps = {position: (following[position], at) for position, at in first.items() if at > following[position]}
        self._again |= {position for position, gap in gaps.items() if self._gaps.get(position) != gap}
        self._gaps |= gaps
        # Asked twice before the seek, the same stale batch must not pass for the log itself.
        return [item for item in ours if position_of(item.record) not in self._again]

    def take_again(self) -> set[Position]:
        """The partitions to seek, once."""
        again, self._again = self._again, set()
        return again


def position_of(record: Record) -> Position:
    """The partition of a record."""
    return record.topic, record.partition


def ends(items: Sequence[Item]) -> dict[Position, int]:
    """The offset after the last record of each partition."""
    after: dict[Position, int] = {}
    for item in items:
        position = position_of(item.record)
        after[position] = max(after.get(position, 0), item.record.offset + 1)
    return after
