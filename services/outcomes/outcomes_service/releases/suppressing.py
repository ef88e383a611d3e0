"""Secondary suppression: for each small number that can be worked out, the cheapest others to take away with it.

One number at a time, as in the network heuristics of Cox and of Castro, each by an integer programme: which values of
the rest, as little beyond what is shown as can be, would let this number be as large (or as small) as small ones are?
What lies beyond what is shown for that is suppressed. More suppression never narrows another number, so it ends.
"""

from collections.abc import Mapping

from outcomes_service.releases.covering import NEAR, Covering
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.solving import System
from outcomes_service.releases.web import Web


def suppressed_beside(web: Web, weights: Mapping[int, float], profile: Profile) -> set[int]:
    """The numbers to suppress beside those that are; `weights` has what each may cost."""
    system = System(web)
    protected = [number for number in web.protected(profile) if not system.is_fixed(number)]
    covering = Covering(system, web.truth, protected, profile)
    taken_back: set[int] = set()
    while asked := covering.next():
        if not covering.show_near_by(*asked):
            taken_back |= _taking_back(covering, *asked, weights)
            covering.leave(*asked)  # if nothing helped, what was shown before tells it: the check says so
    return taken_back


def _taking_back(covering: Covering, number: int, sign: int, weights: Mapping[int, float]) -> set[int]:
    """What has to be shown no longer so that a number can come as far."""
    system = covering.system
    for piece in (*covering.near(number, NEAR[1:]), system.whole_piece(number)):
        if values := covering.show_by(piece, number, sign, weights):
            beyond = {each for each, value in values.items() if not system.low[each] <= value <= system.high[each]}
            system.take_back(beyond)
            return beyond
    return set()
