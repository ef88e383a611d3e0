"""Whether every protected number could still be any small number, for all that an outsider can tell.

It is asked near by first: values that fit everything published and differ from one such set of values only around a
number show of several numbers at once what they can be. Where that does not show it, the whole is asked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil, floor
from typing import Final, NamedTuple

from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.programme import TooHard
from outcomes_service.releases.solving import DOWN, UP, Piece, System
from outcomes_service.releases.web import Web

NEAR: Final = (50, 250, 1000)
"""How many numbers are near: few are quick, more are asked where those do not do."""
_NEARLY: Final = 1e-6


class Range(NamedTuple):
    """From the least to the most that a number can be."""

    least: int
    most: int


class Covering:
    """What is known of a system: some values that fit it, by which numbers are shown to come as far as they must."""

    def __init__(self, system: System, values: Sequence[int], profile: Profile) -> None:
        self.system, self.values, self.small = system, values, profile.small

    def is_there(self, value: float, sign: int) -> bool:
        """Whether a value is as far up as small ones go, or down."""
        return value >= self.small if sign == UP else value <= 1

    def goal(self, sign: int) -> int:
        """As far as a number has to come."""
        return self.small if sign == UP else 1

    def open_questions(self, wanted: Iterable[int], sign: int) -> set[int]:
        """Those of which the values alone do not show it."""
        return {each for each in wanted if not self.is_there(self.values[each], sign)}

    def near_by(self, number: int, others: Collection[int], sign: int) -> set[int]:
        """The number and those of others that are shown to come as far, if this number is."""
        for most in NEAR:
            piece = self.system.around(number, most, self.values)
            there = piece.reaching(number, [each for each in piece.place if each in others], sign, self.goal(sign))
            if there:
                return {each for each, value in there.items() if self.is_there(value, sign)}
        return set()

    def not_reaching(self, wanted: Iterable[int], sign: int) -> list[int]:
        """Those that cannot come as far."""
        left, missed = self.open_questions(wanted, sign), []
        while left:
            number = left.pop()
            near = self.near_by(number, left, sign)
            left -= near
            if number not in near and not self._reaches(self.system.whole_piece(number), number, sign):
                missed.append(number)
        return missed

    def _reaches(self, piece: Piece, number: int, sign: int) -> bool:
        """By linear programming, which allows more and is quicker; only if it is far enough by integers."""
        for integer in (False, True):
            try:
                end = piece.extreme(number, sign, integer=integer)
            except TooHard:
                return False
            if end is not None and not self.is_there(end - sign * _NEARLY, sign):
                return False
        return True


def narrowed(web: Web, profile: Profile) -> Mapping[int, Range]:
    """The protected numbers that cannot be all of 1 to `small`, with what they can be."""
    system = System(web)
    covering = Covering(system, web.truth, profile)
    protected = web.protected(profile)
    found = {number: Range(web.low[number], web.low[number]) for number in protected if system.is_fixed(number)}
    wanted = [number for number in protected if number not in found]
    missed = {number for sign in (UP, DOWN) for number in covering.not_reaching(wanted, sign)}
    return found | {number: range_of(system, number) for number in sorted(missed)}


def range_of(system: System, number: int) -> Range:
    """What a number can be; by linear programming alone where integers are too hard."""
    piece = system.whole_piece(number)
    try:
        least, most = (piece.extreme(number, sign, integer=True) for sign in (DOWN, UP))
    except TooHard:
        least, most = (piece.extreme(number, sign, integer=False) for sign in (DOWN, UP))
    return Range(ceil((least or 0) - _NEARLY), ENDLESS if most is None else floor(most + _NEARLY))


ENDLESS: Final = 10**9
"""The most of a number that nothing bounds."""
