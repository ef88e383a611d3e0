"""What a scenario is, and how the courses of a scheme become one stream of records in the order they are said."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ops.simulator import disorder
from ops.simulator.cast import Cast, courses
from ops.simulator.chance import Chance
from ops.simulator.course import Course, tell
from ops.simulator.partner import SimulatedPartner
from ops.simulator.places import places
from ops.simulator.wire import Said, write
from schemes import Scheme
from schemes.register import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a scenario is told. `share` of all people, evenly chosen; what it tells of them is what the whole tells.

    `beginnings`: of everybody else the referral and the first session are told, for measures of reach.
    """

    schemes: Mapping[str, Scheme]
    register: Register
    seed: int = 1
    orderly: bool = False
    share: float = 1.0
    yearly: bool = False
    beginnings: bool = False

    def sliced(self, share: float, *, beginnings: bool = False) -> "Telling":
        """The same of a share of all people."""
        return replace(self, share=share, beginnings=beginnings)

    def chooses(self, number: int) -> bool:
        """Whether the person or practice of this number is in the share; the first always is."""
        return number == 0 or int((number + 1) * self.share) > int(number * self.share)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story of one or several schemes: who says it, and the stream of what they say."""

    name: str
    title: str
    partners: tuple[SimulatedPartner, ...]
    tell: Callable[[Telling], Iterator[Said]]


def of_casts(casts: Iterable[Cast]) -> Callable[[Telling], Iterator[Said]]:
    """The stream of schemes that a cast describes, all of them mingled."""
    described = tuple(casts)

    def told(telling: Telling) -> Iterator[Said]:
        return in_order(_course_records(telling, described))

    return told


def records(course: Course, telling: Telling, *names: object) -> Iterable[Said]:
    """What partners say of one course; `names` name it within the run."""
    chance = Chance(telling.seed, course.scheme_id, *names, "told")
    facts = tell(course, chance)
    return map(write, facts) if telling.orderly else disorder.of_a_course(facts, chance)


def in_order(told: Iterable[Said]) -> Iterator[Said]:
    """In the order in which it is said."""
    return iter(sorted(told, key=lambda record: record.said))


def _course_records(telling: Telling, casts: tuple[Cast, ...]) -> Iterator[Said]:
    for cast in casts:
        scheme = telling.schemes[cast.scheme_id]
        where = places(scheme, telling.register, cast.practices, cast.days[0])
        for number, course in courses(cast, scheme, where, telling.seed):
            if telling.chooses(number):
                yield from records(course, telling, number)
            elif telling.beginnings:
                yield from records(course.begun(), telling, number)
