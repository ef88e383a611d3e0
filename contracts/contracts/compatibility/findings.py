"""What was found to break somebody, and whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from contracts.compatibility.contract import Contract
from contracts.compatibility.differences import Difference, Shown

Side = Literal["gate", "readers"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that breaks somebody, or of which that is undecided.

    What breaks is shown by an instance, which the contract `accepted_by` took and the contract `refused_by` refuses.
    Where it is undecided there is none. `consumers`: whom it breaks, by the pages of the topics.
    """

    subject: str
    side: Side
    field: str
    why: str
    consumers: tuple[str, ...]
    instance: Any = None
    accepted_by: str | None = None
    refused_by: str | None = None

    @property
    def breaks(self) -> bool:
        """Whether it is shown to break somebody; else it is undecided."""
        return self.accepted_by is not None


def found(
    subject: str,
    side: Side,
    consumers: tuple[str, ...],
    of: Iterable[Difference],
    *,
    accepting: Contract,
    refusing: Contract,
) -> Iterator[Finding]:
    """What the differences between two schemas of `accepting` and `refusing` mean to the consumers."""
    for each in of:
        if isinstance(each, Shown):
            versions = accepting.version, refusing.version
            yield Finding(subject, side, each.field, each.refused_for, consumers, each.instance, *versions)
        else:
            yield Finding(subject, side, "data", each.why, consumers)


def publishers(contract: Contract, topics: Iterable[str]) -> tuple[str, ...]:
    """Who publishes to the inboxes of these topics."""
    reached = any(topic in contract.gates for topic in topics)
    return tuple(contract.pages["inbox"]["producers"]) if reached else ()


def readers(contract: Contract, topics: Iterable[str]) -> tuple[str, ...]:
    """Who reads these topics; of what is on none (receipts and the like), who reads receipts."""
    names = list(topics) or ["receipts"]
    return tuple(dict.fromkeys(reader for name in names for reader in contract.pages[name]["consumers"]))
