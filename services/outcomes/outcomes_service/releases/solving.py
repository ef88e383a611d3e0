"""What a number of the system can be at the least and at the most, in all of it or near by."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from typing import Final

from outcomes_service.releases.programme import (
    ANY,
    GOOD,
    INFINITE,
    Contradiction,
    Programme,
    TooHard,
    Values,
)
from outcomes_service.releases.web import Web

UP, DOWN = -1, 1
"""Which end of a number is asked for, as the sign of what is minimised."""

_NEARLY: Final = 1e-6


class Piece:
    """Some numbers of the system, while all others stay as they are in `rest`; `is_all`: there are none that matter."""

    def __init__(self, numbers: Sequence[int], whole: "System", rest: Sequence[float], *, is_all: bool) -> None:
        self.is_all = is_all
        self.place: Mapping[int, int] = {number: place for place, number in enumerate(numbers)}
        self._whole, self._rest = whole, rest

    def extreme(self, number: int, sign: int, *, integer: bool) -> float | None:
        """The least or the most that a number can be; None if it has no end. Raises `TooHard`."""
        programme = self._programme()
        programme.cost[self.place[number]] = sign
        values = programme.solve(integer=integer)
        return None if values is None else float(values[self.place[number]])

    def any(self) -> Mapping[int, int]:
        """Some values that fit."""
        return self._told(self._programme().solve(ANY))

    def reaching(self, number: int, others: Collection[int], sign: int, goal: int) -> Mapping[int, int]:
        """Values under which a number comes to `goal`, and many of others too; empty if there are none."""
        programme = self._programme()
        self._aim(programme, number, sign, goal)
        for other in others:  # a helper below the number and the goal where that is to rise, else above both
            if sign == UP:
                programme.row([(1, self.place[other]), (-1, programme.number(0, goal, -1, whole=False))], 0, INFINITE)
            else:
                helper = programme.number(goal, INFINITE, 1, whole=False)
                programme.row([(1, self.place[other]), (-1, helper)], -INFINITE, 0)
        return self._solved(programme, ANY)

    def cheapest(self, number: int, sign: int, goal: int, weights: Mapping[int, float]) -> Mapping[int, int]:
        """Values under which a number comes to `goal` while those with weights leave what is shown the least.

        Empty if there is no way.
        """
        programme = self._programme()
        self._aim(programme, number, sign, goal)
        for each, place in self.place.items():
            if each in weights and self._whole.is_shown(each):
                low, high = programme.low[place], programme.high[place]
                programme.low[place], programme.high[place] = 0, INFINITE
                below, above = (programme.number(0, INFINITE, weights[each], whole=False) for _ in range(2))
                programme.row([(1, place), (1, below), (-1, above)], low, high)
        return self._solved(programme, GOOD)

    def _programme(self) -> Programme:
        programme, whole = self._equations.copy(), self._whole
        for number, place in self.place.items():
            programme.low[place], programme.high[place] = whole.low[number], whole.high[number]
        return programme

    @cached_property
    def _equations(self) -> Programme:
        programme, whole = Programme(), self._whole
        for _ in self.place:
            programme.number(0, INFINITE)
        for row in dict.fromkeys(row for number in self.place for row in whole.rows_of[number]):
            terms = whole.equations[row]
            outside = sum(factor * self._rest[each] for factor, each in terms if each not in self.place)
            inside = [(factor, self.place[each]) for factor, each in terms if each in self.place]
            programme.row(inside, -outside, -outside)
        return programme

    def _aim(self, programme: Programme, number: int, sign: int, goal: int) -> None:
        place = self.place[number]
        if sign == UP:
            programme.low[place] = max(goal, programme.low[place])
        else:
            programme.high[place] = min(goal, programme.high[place])

    def _solved(self, programme: Programme, gap: float) -> Mapping[int, int]:
        if any(low > high for low, high in zip(programme.low, programme.high, strict=True)):
            return {}
        try:
            values = programme.solve(integer=False)  # which is far quicker, and most often whole all the same
            return self._told(values if self._are_whole(values) else programme.solve(gap))
        except (Contradiction, TooHard):
            return {}

    def _are_whole(self, values: Values | None) -> bool:
        return values is not None and all(abs(values[at] - round(values[at])) < _NEARLY for at in self.place.values())

    def _told(self, values: Values | None) -> Mapping[int, int]:
        return {} if values is None else {number: round(values[place]) for number, place in self.place.items()}


class System:
    """A web to be solved. What is shown can be taken back: then the number can be anything."""

    def __init__(self, web: Web) -> None:
        self.low: list[float] = list(web.low)
        self.high = [INFINITE if high is None else high for high in web.high]
        self.equations = web.equations
        self._whole: dict[int, Piece] = {}
        self._rests = web.rests
        self._fixed = {number for number, low in enumerate(web.low) if low == web.high[number]}
        self._free = [[each for _, each in terms if each not in self._fixed] for terms in web.equations]
        self._slack = [any(each in web.rests for each in free) for free in self._free]
        self.rows_of: list[list[int]] = [[] for _ in web.low]
        for row, free in enumerate(self._free):
            for number in free:
                self.rows_of[number].append(row)

    def take_back(self, numbers: Collection[int]) -> None:
        """Show these no longer."""
        for number in numbers:
            self.low[number], self.high[number] = 0, INFINITE

    def is_fixed(self, number: int) -> bool:
        """Whether it is known."""
        return number in self._fixed

    def is_shown(self, number: int) -> bool:
        """Whether it is known to lie within bounds."""
        return self.high[number] < INFINITE

    def whole_piece(self, number: int) -> Piece:
        """Everything that has to do with a number."""
        begin = self._piece_of[number]
        if begin not in self._whole:
            self._whole[begin] = Piece(self._pieces[begin], self, self.low, is_all=True)
        return self._whole[begin]

    def around(self, number: int, most: int, rest: Sequence[float]) -> Piece:
        """A number with those that are nearest to it by equations, while the others stay as they are in `rest`."""
        if len(self._pieces[self._piece_of[number]]) <= _SMALL * most:
            return self.whole_piece(number)
        found: dict[int, None] = {}
        waiting = [(0.0, each) for each in self._beginning(number)]
        seen = {each for _, each in waiting}
        while waiting and len(found) < most:
            distance, nearest = heappop(waiting)
            found[nearest] = None
            for further, each in self._neighbours(nearest, rest):
                if each not in seen:
                    seen.add(each)
                    heappush(waiting, (distance + further, each))
        touched = {row for each in found for row in self.rows_of[each] if self._slack[row]}
        rests = [each for row in sorted(touched) for each in self._free[row] if each in self._rests]
        return Piece([*found, *dict.fromkeys(rests)], self, rest, is_all=not waiting)

    def _beginning(self, number: int) -> list[int]:
        if number not in self._rests:
            return [number]
        return [each for row in self.rows_of[number] for each in self._free[row] if each not in self._rests]

    def _neighbours(self, number: int, rest: Sequence[float]) -> Iterator[tuple[float, int]]:
        """What may have to change with it, and how far off that is: in each equation those that have most room."""
        for row in self.rows_of[number]:
            step = _FAR if self._slack[row] else _NEAR
            others = [each for each in self._free[row] if each not in self._rests and each != number]
            others.sort(key=lambda each: (self.is_shown(each), -rest[each]))
            yield from ((step + place * _LESS, each) for place, each in enumerate(others))

    @cached_property
    def _piece_of(self) -> dict[int, int]:
        """Which piece each number is of, none for what is fixed: that ties nothing together."""
        piece_of: dict[int, int] = {}
        for begin in range(len(self.low)):
            if begin in piece_of or begin in self._fixed:
                continue
            piece_of[begin], waiting = begin, [begin]
            while waiting:
                for row in self.rows_of[waiting.pop()]:
                    for each in self._free[row]:
                        if each not in piece_of:
                            piece_of[each] = begin
                            waiting.append(each)
        return piece_of

    @cached_property
    def _pieces(self) -> dict[int, list[int]]:
        pieces: dict[int, list[int]] = {}
        for number, begin in self._piece_of.items():
            pieces.setdefault(begin, []).append(number)
        return pieces


_SMALL: Final = 8
"""With its rests a piece of that many times as many numbers is as quick to solve as it is to cut."""
_NEAR, _FAR, _LESS = 1.0, 2.0, 0.5
"""A rest can take a change up by itself, so what is beyond it is farther off."""
