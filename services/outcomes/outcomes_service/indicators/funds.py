"""Money per unit: a fund of the scheme files over what it paid for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outcomes_service.indicators.counting import Values
from schemes.loader import Schemes
from schemes.model import Fund, Scheme


@dataclass(frozen=True, slots=True)
class Spending:
    """What a cost may look at: the fund, the schemes that share it, and what this one reached as of a day."""

    fund: Fund
    scheme: Scheme
    sharing: tuple[Scheme, ...]
    as_of: date
    reached: Callable[[str], int]  # of a measure: its k as of the day


@dataclass(frozen=True, slots=True)
class Cost:
    """Pounds of each fund over the units that `units` gives; no figure where it gives none."""

    units: Callable[[Spending], int | None]
    of: Literal["fund"] = "fund"

    def values(self, schemes: Schemes, scheme: Scheme, as_of: date, reached: Callable[[str], int]) -> Values | None:
        """`k` pounds, `n` units, `value` pounds a unit. Several funds of a scheme are added up."""
        paid = [(schemes.funds[fund], schemes.sharing(fund)) for fund in scheme.funds]
        units = [self.units(Spending(fund, scheme, sharing, as_of, reached)) for fund, sharing in paid]
        if not units or not units[0]:
            return None
        pounds = sum(fund.amount_gbp for fund, _ in paid)
        return Values(k=pounds, n=units[0], value=pounds / units[0])
