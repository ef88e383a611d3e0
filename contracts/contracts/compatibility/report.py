"""The verdict on a change of the contract: each event as strict gate and as tolerant reader, with counter-examples."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from contracts.compatibility import beyond, events
from contracts.compatibility.contract import Contract
from contracts.compatibility.findings import Finding, Side
from contracts.compatibility.profile import Schema, bare

Verdict = Literal["same", "minor", "new", "breaks", "undecided", "-"]


@dataclass(frozen=True, slots=True)
class Row:
    """The two verdicts on an event, on what partners get back, on a code list or on what else was found."""

    subject: str
    gate: Verdict
    readers: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the contract since the version `base`."""

    base: str
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    @property
    def breaks(self) -> bool:
        """Whether somebody is shown to be broken."""
        return any(finding.breaks for finding in self.findings)

    @property
    def compatible(self) -> bool:
        """Whether nobody is: nothing breaks, and nothing is undecided."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        verdict = "breaks" if self.breaks else "compatible" if self.compatible else "undecided"
        rows = [
            asdict(row) | {"findings": [asdict(finding) for finding in self.findings if finding.subject == row.subject]}
            for row in self.rows
        ]
        return {"base": self.base, "verdict": verdict, "subjects": rows}


def compare(base: Contract, now: Contract) -> Report:
    """The verdict on `now` to whom `base` was promised."""
    findings = (*events.compared(base, now), *beyond.compared(base, now))
    subjects = dict.fromkeys([*events.names(now), *events.names(base), *_lists(base, now)])
    subjects |= dict.fromkeys(finding.subject for finding in findings)
    rows = tuple(
        Row(subject, _verdict(subject, "gate", base, now, findings), _verdict(subject, "readers", base, now, findings))
        for subject in subjects
    )
    return Report(base.version, rows, findings)


def _lists(base: Contract, now: Contract) -> list[str]:
    """Code lists that are not what they were."""
    return [f"codes: {title}" for title, listed in now.codes.items() if base.codes.get(title) != listed]


def _verdict(subject: str, side: Side, base: Contract, now: Contract, findings: tuple[Finding, ...]) -> Verdict:
    of_it = [finding for finding in findings if (finding.subject, finding.side) == (subject, side)]
    if of_it:
        return "breaks" if any(finding.breaks for finding in of_it) else "undecided"
    if subject in now.schemas and subject not in base.schemas:
        return "new"
    if subject not in now.schemas:
        return "minor" if side == "readers" and subject.startswith("codes: ") else "-"
    if side == "gate" and not any(topic in now.gates for topic in now.topics_of(subject)):
        return "-"
    return "same" if _said(subject, side, base) == _said(subject, side, now) else "minor"


def _said(subject: str, side: Side, contract: Contract) -> Schema:
    return bare(contract.schemas[subject if side == "gate" else contract.as_written(subject)])
