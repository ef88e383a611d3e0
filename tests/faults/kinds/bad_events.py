"""A partner sends sessions that say what cannot be; told so, it sends what it meant, under the right ids."""

from dataclasses import replace

from support.outsider import new_id

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course, sessions_of


def _plant(system: System) -> Planted:
    said = course()
    wrong = [replace(each.with_data(minutes=-5), id=new_id()) for each in sessions_of(said)]
    system.partners["acme"].publish(*[each for each in said if each.event == "referral-made"], *wrong)
    system.owed = [each for each in said if each.event != "referral-made"]
    return Planted({"EVENT-ID": wrong[0].id})


def _mend(system: System, _planted: Planted) -> None:
    """The partner mends its system and sends what was refused under new ids."""
    system.partners["acme"].publish(*system.owed)


FAULT = Fault("bad-events", "A partner sends bad events", "FootingManyRefused", "bad-events", _plant, _mend)
