"""Whether every protected number could still be any small number, for all that an outsider can tell.

It is asked near by first: values that fit everything published and differ from one such set of values only around a
number show of several numbers at once what they can be. Where that does not show it, the whole is asked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    """From the least to the most that a number can be; None where nothing bounds it."""

    least: int
    most: int | None


class Covering:
    """Which protected numbers are not yet shown to come as far up, and as far down, as small numbers go.

    `values` are some that fit everything published.
    """

    def __init__(self, system: System, values: Sequence[int], protected: Collection[int], profile: Profile) -> None:
        self.system, self._values = system, values
        self._goal = {UP: profile.small, DOWN: 1}
        self._left = {sign: {each for each in protected if not self._is_there(values[each], sign)} for sign in _SIGNS}

    def next(self) -> tuple[int, int] | None:
        """A number of which it is not shown, and towards which end; None if there is no more."""
        for sign in _SIGNS:
            if self._left[sign]:
                return min(self._left[sign]), sign
        return None

    def show_near_by(self, number: int, sign: int) -> bool | None:
        """Look for values that show it, nearer or farther off: found, not there, or (None) not found."""
        for piece in self.near(number, NEAR):
            others = [each for each in piece.place if each in self._left[sign] and each != number]
            if self.settle(piece.reaching(number, others, sign, self._goal[sign])):
                return True
            if piece.is_all:
                return False
        return None

    def show_by(self, piece: Piece, number: int, sign: int, weights: Mapping[int, float]) -> Mapping[int, int]:
        """The values that show it and leave what is published the least; empty if there are none."""
        values = piece.cheapest(number, sign, self._goal[sign], weights)
        self.settle(values)
        return values

    def show_in_whole(self, number: int, sign: int) -> bool:
        """By linear programming, which allows more and is quicker; only if it is far enough by integers."""
        piece = self.system.whole_piece(number)
        for integer in (False, True):
            try:
                end = piece.extreme(number, sign, integer=integer)
            except TooHard:
                return False
            if end is not None and not self._is_there(end - sign * _NEARLY, sign):
                return False
        return True

    def near(self, number: int, sizes: Iterable[int]) -> Iterator[Piece]:
        """What is near a number, less of it and more."""
        return (self.system.around(number, most, self._values) for most in sizes)

    def leave(self, number: int, sign: int) -> None:
        """Ask no more about it."""
        self._left[sign].discard(number)

    def settle(self, values: Mapping[int, int]) -> bool:
        """Take note of all that these values show; whether there were any."""
        for sign, left in self._left.items():
            left -= {each for each in left if each in values and self._is_there(values[each], sign)}
        return bool(values)

    def _is_there(self, value: float, sign: int) -> bool:
        return value >= self._goal[sign] if sign == UP else value <= self._goal[sign]


_SIGNS: Final = (UP, DOWN)


def recovered(system: System, web: Web, profile: Profile) -> set[int]:
    """The protected numbers that cannot be all of 1 to `small`."""
    protected = web.protected(profile)
    found = {number for number in protected if system.is_fixed(number)}
    covering = Covering(system, web.truth, set(protected) - found, profile)
    while asked := covering.next():
        shown = covering.show_near_by(*asked)
        if shown is None:
            shown = covering.show_in_whole(*asked)
        covering.leave(*asked)
        if not shown:
            found.add(asked[0])
    return found


def narrowed(web: Web, profile: Profile) -> Mapping[int, Range]:
    """The same, each with what it can be."""
    system = System(web)
    return {number: range_of(system, number) for number in sorted(recovered(system, web, profile))}


def range_of(system: System, number: int) -> Range:
    """What a number can be; by linear programming alone where integers are too hard."""
    if system.is_fixed(number):
        return Range(round(system.low[number]), round(system.low[number]))
    piece = system.whole_piece(number)
    try:
        least, most = (piece.extreme(number, sign, integer=True) for sign in (DOWN, UP))
    except TooHard:
        least, most = (piece.extreme(number, sign, integer=False) for sign in (DOWN, UP))
    return Range(ceil((least or 0) - _NEARLY), None if most is None else floor(most + _NEARLY))
