"""One line of the doctor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `do` is what to do about it where it is not fine. `away`: a part did not answer."""

    where: str
    what: str
    fine: bool
    said: str
    do: str = ""
    away: bool = False


def fine(where: str, what: str, said: str) -> Finding:
    """It is as it must be."""
    return Finding(where, what, fine=True, said=said)


def wrong(where: str, what: str, said: str, do: str) -> Finding:
    """It is not, and what to do."""
    return Finding(where, what, fine=False, said=said, do=do)


def away(where: str, said: str, do: str) -> Finding:
    """The part does not answer, so nothing else could be asked of it."""
    return Finding(where, "answers", fine=False, said=said, do=do, away=True)
