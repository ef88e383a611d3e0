"""Linear and integer programmes, put together number by number and solved by HiGHS."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csc_array

Values = list[float]
Terms = Iterable[tuple[float, int]]

INFINITE: Final = float("inf")
EXACT, GOOD, ANY = 1e-9, 0.1, 0.5
"""How far from the best an answer may be, as a share of it."""
_INFEASIBLE, _UNBOUNDED = 2, 3
_NODES: Final = 2000
"""So many branches at most are searched for one answer, not so many seconds: the same is answered on any machine.

Where none was found a number counts as worked out.
"""


class Contradiction(Exception):  # noqa: N818  it is an answer
    """Nothing at all fits what was published: it is not of the same people, or does not add up."""


class TooHard(Exception):  # noqa: N818  it is an answer
    """No answer within as many branches as one question may take."""


class Programme:
    """Numbers between bounds, with what each costs; rows of terms (factor, number) between bounds."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.cost: list[float] = []
        self._whole: list[bool] = []
        self._rows: list[int] = []
        self._numbers: list[int] = []
        self._factors: list[float] = []
        self._least: list[float] = []
        self._most: list[float] = []

    def copy(self) -> "Programme":
        """One like it, to be changed."""
        other = Programme()
        for name, values in vars(self).items():
            setattr(other, name, values.copy())
        return other

    def number(self, low: float, high: float, cost: float = 0, *, whole: bool = True) -> int:
        """One number more; which it is."""
        self.low.append(low)
        self.high.append(high)
        self.cost.append(cost)
        self._whole.append(whole)
        return len(self.low) - 1

    def row(self, terms: Terms, least: float, most: float) -> None:
        """One row more."""
        for factor, number in terms:
            self._rows.append(len(self._least))
            self._numbers.append(number)
            self._factors.append(factor)
        self._least.append(least)
        self._most.append(most)

    def solve(self, gap: float = EXACT, *, integer: bool = True) -> Values | None:
        """The values that cost the least; None if there is no end to it. Raises `Contradiction` and `TooHard`."""
        entries = (np.array(self._factors, dtype=float), (self._rows, self._numbers))
        matrix = csc_array(entries, shape=(len(self._least), len(self.low)))
        found: OptimizeResult = milp(
            np.array(self.cost, dtype=float),
            integrality=np.array(self._whole, dtype=int) * integer,
            bounds=Bounds(self.low, self.high),
            constraints=LinearConstraint(matrix, self._least, self._most),
            # Without presolve: it is no quicker here, and HiGHS would write to the standard output about it.
            options={"node_limit": _NODES, "mip_rel_gap": gap, "presolve": False},
        )
        if found.status == _INFEASIBLE:
            raise Contradiction
        if found.status == _UNBOUNDED:
            return None
        if found.x is None:
            raise TooHard
        values: Values = found.x.tolist()  # plain numbers, which are looked at one by one
        return values
