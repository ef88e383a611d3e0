"""What the core of delivery needs of Kafka. Of MongoDB it needs the driver's calls, and these can be simulated too.

`seat.py` and `sending.py` are the real ones; the simulation stands behind the same calls.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from contracts.envelope import Record
from servicekit.outgoing import Outgoing
from servicekit.positions import Position


class Listener(Protocol):
    """Who sits on a seat. `revoked` ends before anybody else is given the partitions, unless it takes too long."""

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a batch, in the order of each partition's log."""
        ...

    async def revoked(self) -> None:
        """All that was held is about to be another's."""
        ...

    async def assigned(self, held: Collection[Position]) -> None:
        """These are ours now."""
        ...


class Seat(Protocol):
    """One member of the loop's group."""

    async def take(self) -> None:
        """Join the group and begin to listen."""
        ...

    async def leave(self) -> None:
        """Let the batch in hand end, for some seconds, and leave the group."""
        ...

    @property
    def is_lost(self) -> bool:
        """Whether nothing more will come."""
        ...

    @property
    def held(self) -> frozenset[Position]:
        """The partitions that Kafka gave us."""
        ...

    async def is_member(self) -> bool:
        """Whether the group knows us now."""
        ...

    def seek(self, offsets: Mapping[Position, int]) -> None:
        """Read on from these offsets, where the partition is still ours."""
        ...

    def pause(self, positions: Collection[Position] | None = None) -> None:
        """Ask for nothing more, or for nothing more of these."""
        ...

    def resume(self, positions: Collection[Position]) -> None:
        """Ask for more of these again, where the partition is still ours."""
        ...

    def end_of(self, position: Position) -> int | None:
        """The end of the partition's log when we last fetched from it."""
        ...

    async def commit(self, offsets: Mapping[Position, int]) -> None:
        """Tell Kafka where we are. It is advice."""
        ...


class Sender(Protocol):
    """Where announcements go."""

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Send in order, a partition's records one after the other, and wait until Kafka has all of them.

        Raises `KafkaError` or `OSError`; then any of them may have been written, and all are to be sent again.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


TakesSeat = Callable[[Listener], Seat]
