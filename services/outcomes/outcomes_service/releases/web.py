"""Everything that was published as one system: a number for each different count, what it may be, what adds up to what.

An outsider takes it that tables add up and that what shows the same has not changed. Somebody who has the exact tables
knows better where that does not hold; told of it, the attack never starts from what is not so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from outcomes_service.releases.counts import Count, count_of, counts_in, people_parts
from outcomes_service.releases.links import Same, Within, links
from outcomes_service.releases.model import Table
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.sums import Sum, sums

Tables = Sequence[Table]


class Told(NamedTuple):
    """A count as one release has it, the releases counted from 0 in the order in which they went out."""

    release: int
    of: Count


@dataclass
class Web:
    """`equations` are terms (factor, number) that add up to 0. `truth` is there if exact tables were given.

    `attributes` are of a part of a group, so that 0 tells something of all in it. `rests` stand for what some counts
    have more than others, each in one equation. `held` are shown by an earlier release, and cannot be taken back.
    """

    number: dict[Told, int] = field(default_factory=dict)
    low: list[int] = field(default_factory=list)
    high: list[int | None] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)
    equations: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    attributes: set[int] = field(default_factory=set)
    rests: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def protected(self, profile: Profile) -> list[int]:
        """The numbers that nobody may work out: small ones, and none or all of a group."""
        return [
            number
            for number, value in enumerate(self.truth)
            if profile.is_small(value) or (number in self.attributes and value == 0)
        ]


def web(published: Sequence[Tables], profile: Profile, exact: Sequence[Tables] | None = None) -> Web:
    """The system of some releases; with their exact tables it has the truth too."""
    return _Weaving(published, profile, exact).woven()


class _Weaving:
    def __init__(self, published: Sequence[Tables], profile: Profile, exact: Sequence[Tables] | None) -> None:
        self._published, self._profile = published, profile
        self._truth = None if exact is None else _values(exact)
        self._shown = {Told(r, count): value for r, tables in enumerate(published) for count, value in _there(tables)}
        if self._truth is not None:
            self._shown = {told: value for told, value in self._shown.items() if told in self._truth}
        self._sums = [_only_those_there(sums(tables), r, self._shown) for r, tables in enumerate(published)]
        self._parent: dict[Told, Told] = {}
        self._range: dict[Told, tuple[int, int | None]] = {}

    def woven(self) -> Web:
        """The whole."""
        self._take_up_totals()
        self._join_what_is_unchanged()
        links_left = [left for r in range(len(self._published)) for left in self._join_what_is_linked(r)]
        made = self._numbered()
        for r, found in enumerate(self._sums):
            for each in found:
                self._add_sum(made, r, each)
        for r, link in links_left:
            some, every = made.number[Told(r, link.some)], made.number[Told(r, link.all)]
            if not made.truth or made.truth[some] <= made.truth[every]:
                named = link.all._replace(part=f"{link.all.part} without {link.some.measure} {link.some.part}")
                self._add_difference(made, [every], [some], Told(r, named))
        for r, tables in enumerate(self._published):
            self._add_rows(made, r, tables)
        made.equations = list(dict.fromkeys(made.equations))
        return made

    def _take_up_totals(self) -> None:
        """Every count shown, and every total that no table shows; the truth of such a one is the most of its sums."""
        for told, value in self._shown.items():
            self._parent[told] = told
            self._range[told] = (0, None) if value is None else self._profile.behind(value)
        for r, found in enumerate(self._sums):
            for total, parts in found:
                told = Told(r, total)
                if told not in self._shown:
                    self._parent.setdefault(told, told)
                    self._range.setdefault(told, (0, None))
                    if self._truth is not None:
                        added = sum(self._truth[Told(r, part)] for part in parts)
                        self._truth[told] = max(added, self._truth.get(told, 0))

    def _join_what_is_unchanged(self) -> None:
        """A group of which nothing changed is the same in both releases; of others nobody can be sure."""
        last: dict[Count, Told] = {}
        for told in sorted(self._parent, key=lambda told: told.release):
            before = last.get(told.of)
            if before is not None and all(
                self._are_alike(Told(before.release, part), Told(told.release, part)) for part in _parts(told.of)
            ):
                self._join(before, told)
            last[told.of] = told

    def _join_what_is_linked(self, release: int) -> Iterator[tuple[int, Within]]:
        """Joins what is the same; gives the links of which one has more than the other, or may have."""
        found = list(links(told.of for told in self._parent if told.release == release))
        open_ = {_kind(link) for link in found if isinstance(link, Within) and not self._is_of_all(release, link)}
        for link in found:
            if isinstance(link, Same) or _kind(link) not in open_:
                self._join(Told(release, link[0]), Told(release, link[1]))
            else:
                yield release, link

    def _is_of_all(self, release: int, link: Within) -> bool:
        """Whether the first is known to be of all of the second's people."""
        truth = self._truth or {}
        return (
            link.may_be_all
            and self._truth is not None
            and truth[Told(release, link.some)] == truth[Told(release, link.all)]
        )

    def _join(self, one: Told, other: Told) -> bool:
        """Make one count of both, unless they are known to differ or show that they do."""
        one, other = self._root(one), self._root(other)
        if self._truth is not None and self._truth[one] != self._truth[other]:
            return False
        both = _common(self._range[one], self._range[other])
        if both is None:
            return False
        self._parent[other], self._range[one] = one, both
        return True

    def _are_alike(self, one: Told, other: Told) -> bool:
        return self._truth is None or self._truth.get(one) == self._truth.get(other)

    def _root(self, told: Told) -> Told:
        while self._parent[told] != told:
            self._parent[told] = told = self._parent[self._parent[told]]
        return told

    def _numbered(self) -> Web:
        made, latest = Web(), len(self._published) - 1
        for told in self._parent:
            root = self._root(told)
            if root not in made.number:
                made.number[root] = self._new(
                    made, self._range[root], None if self._truth is None else self._truth[root]
                )
            number = made.number[told] = made.number[root]
            made.told[number].append(told)
            if told.release < latest and self._shown.get(told) is not None:
                made.held.add(number)
        return made

    def _add_sum(self, made: Web, release: int, found: Sum) -> None:
        total = made.number[Told(release, found.total)]
        parts = [made.number[Told(release, part)] for part in found.parts]
        if made.truth and (off := made.truth[total] - sum(made.truth[part] for part in parts)):
            named = Told(
                release,
                found.total._replace(part=f"{found.total.part} {'left out of' if off > 0 else 'twice in'} its parts"),
            )
            self._add_difference(made, *(([total], parts) if off > 0 else (parts, [total])), named)
        elif [total] != parts:
            made.equations.append(((1, total), *((-1, part) for part in parts)))

    def _add_rows(self, made: Web, release: int, tables: Tables) -> None:
        """Who of a group did not succeed, and of whom that is known, are counts too, though no table shows them."""
        done: set[tuple[int, ...]] = set()
        for table in tables:
            for row in table.rows:
                there = {
                    part: made.number[told]
                    for part in people_parts(row.at.get("measure") or "")
                    if (told := Told(release, count_of(row, part))) in made.number
                }
                if "k" not in there or "n" not in there or (key := tuple(there.values())) in done:
                    continue
                done.add(key)
                k = count_of(row, "k")
                not_k = self._add_difference(made, [there["n"]], [there["k"]], Told(release, k._replace(part="n-k")))
                if made.truth and made.truth[there["n"]]:
                    made.attributes |= {there["k"], not_k}
                    if (known_n := Told(release, k._replace(measure=f"{k.measure}-known", part="n"))) in made.number:
                        made.attributes.add(made.number[known_n])
                if "u" in there and made.high[there["u"]] != 0:
                    known = Told(release, k._replace(part="n-k-u"))
                    self._add_difference(made, [there["n"]], [there["k"], there["u"]], known)

    def _add_difference(self, made: Web, more: list[int], less: list[int], named: Told) -> int:
        """A count of its own for what some counts have more than others."""
        truth = sum(made.truth[one] for one in more) - sum(made.truth[one] for one in less) if made.truth else None
        rest = self._new(made, (0, None), truth)
        made.equations.append((*((1, one) for one in more), *((-1, one) for one in less), (-1, rest)))
        made.rests.add(rest)
        made.told[rest].append(named)
        return rest

    @staticmethod
    def _new(made: Web, within: tuple[int, int | None], truth: int | None) -> int:
        made.low.append(within[0])
        made.high.append(within[1])
        if truth is not None:
            made.truth.append(truth)
        return len(made.low) - 1


def _there(tables: Tables) -> Iterator[tuple[Count, int | None]]:
    """The counts that rows have, suppressed or not."""
    for table in tables:
        for row in table.rows:
            for part in people_parts(row.at.get("measure") or ""):
                value = getattr(row, part)
                if value is not None or row.protection == "suppressed":
                    yield count_of(row, part), value


def _values(exact: Sequence[Tables]) -> dict[Told, int]:
    return {
        Told(r, count): value
        for r, tables in enumerate(exact)
        for count, value in counts_in(tables)
        if value is not None
    }


def _kind(link: Within) -> tuple[tuple[str, str], ...]:
    """Of which measures and which scheme: where one window is open, nobody knows of another that it is closed."""
    scheme = next((pair for pair in link.all.population if pair[0] == "scheme"), ("scheme", ""))
    return (link.some.measure, link.some.part), (link.all.measure, link.all.definition), scheme


def _parts(count: Count) -> Iterator[Count]:
    """What else is counted of the same group, those included of whom it is not known."""
    for measure in {count.measure, count.measure.removesuffix("-known")}:
        yield from (count._replace(measure=measure, part=part) for part in people_parts(measure))


def _only_those_there(found: Iterable[Sum], release: int, shown: Mapping[Told, object]) -> list[Sum]:
    return [each for each in found if all(Told(release, part) in shown for part in each.parts)]


def _common(one: tuple[int, int | None], other: tuple[int, int | None]) -> tuple[int, int | None] | None:
    """What lies in both ranges; None if nothing does."""
    low = max(one[0], other[0])
    highs = [high for high in (one[1], other[1]) if high is not None]
    if highs and min(highs) < low:
        return None
    return low, min(highs) if highs else None
