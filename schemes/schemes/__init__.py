"""What a service promises: schemes as configuration, and the rule that a referral must meet."""

from schemes.loader import Schemes, load
from schemes.mistakes import Mistake, SchemeMistakes
from schemes.model import CANARY, Area, Fund, Scheme
from schemes.rules import Objection, area_of, area_of_referral, entry_group, objects_to, route_of
from schemes.successions import Succession, successions

__all__ = [
    "CANARY", "Area", "Fund", "Mistake", "Objection", "Scheme", "SchemeMistakes", "Schemes", "Succession", "area_of",
    "area_of_referral", "entry_group", "load", "objects_to", "route_of", "successions",
]  # fmt: skip
