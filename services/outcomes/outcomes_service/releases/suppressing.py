"""Secondary suppression: for each small number that can be worked out, the cheapest others to take away with it.

One number at a time, as in the network heuristics of Cox and of Castro, each by an integer programme: which values of
the rest, as little beyond what is shown as can be, would let this number be as large (or as small) as small ones are?
What lies beyond what is shown for that is suppressed. More suppression never narrows another number, so it ends.
"""

from collections.abc import Mapping

from outcomes_service.releases.covering import NEAR, Covering
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.solving import DOWN, UP, System
from outcomes_service.releases.web import Web


def suppressed_beside(web: Web, weights: Mapping[int, float], profile: Profile) -> set[int]:
    """The numbers to suppress beside those that are; `weights` has what each may cost."""
    system = System(web)
    covering = Covering(system, web.truth, profile)
    protected = [number for number in web.protected(profile) if not system.is_fixed(number)]
    taken_back: set[int] = set()
    for sign in (UP, DOWN):
        left = covering.open_questions(protected, sign)
        while left:
            number = left.pop()
            near = covering.near_by(number, left, sign) or _taking_back(covering, number, sign, weights, taken_back)
            left -= near
    return taken_back


def _taking_back(
    covering: Covering, number: int, sign: int, weights: Mapping[int, float], taken_back: set[int]
) -> set[int]:
    """What comes as far once enough is taken back; nothing does if an earlier release tells the number."""
    system = covering.system
    near = (system.around(number, most, covering.values) for most in NEAR[1:])
    for piece in (*near, system.whole_piece(number)):
        values = piece.cheapest(number, sign, covering.goal(sign), weights)
        if values:
            beyond = {each for each, value in values.items() if not system.low[each] <= value <= system.high[each]}
            system.take_back(beyond)
            taken_back |= beyond
            return {each for each, value in values.items() if covering.is_there(value, sign)}
    return set()
