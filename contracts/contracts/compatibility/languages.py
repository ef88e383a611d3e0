"""Which texts match these patterns and do not match those, worked out by derivatives of the patterns.

A search that ends without a text is a proof that there is none.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits, punctuation
from typing import Final, TypeAlias

from contracts.compatibility.patterns import (
    EMPTY,
    NOTHING,
    Chars,
    Either,
    Empty,
    Node,
    Then,
    Times,
    either,
    parsed,
    then,
    times,
)

# One character that no class of a pattern can name stands for all of them.
_OTHER: Final = "é"
# In the order in which they are tried: a counter-example should look like something.
_ALPHABET: Final = ascii_lowercase + digits + ascii_uppercase + punctuation + " " + _OTHER
_STATES_AT_MOST: Final = 20_000
_LENGTH_AT_MOST: Final = 800  # a text is built by as many calls within each other

# What is still to match, and what must not.
_State: TypeAlias = tuple[frozenset[Node], frozenset[Node]]


class TooMany(Exception):  # noqa: N818  it reads as what it says
    """More states than are looked through."""


def texts(match: Sequence[str], mismatch: Sequence[str], least: int = 0, most: int | None = None) -> Iterator[str]:
    """All texts of `least` to `most` characters that match all of `match` and none of `mismatch`, short ones first."""
    automaton = _automaton(frozenset(match), frozenset(mismatch), least, most)
    length = none_for = 0
    while none_for <= len(automaton.moves):  # a longer text would pass a state twice, and so would one between
        none_for = 0 if automaton.ends_after(0, length) else none_for + 1
        yield from automaton.of_length(0, length)
        length += 1


@lru_cache(maxsize=65536)
def _may_end(node: Node) -> bool:
    match node:
        case Empty():
            return True
        case Chars():
            return False
        case Then(first, rest):
            return _may_end(first) and _may_end(rest)
        case Either(of):
            return any(map(_may_end, of))
        case Times(inner, least, _):
            return least == 0 or _may_end(inner)


@lru_cache(maxsize=65536)
def _after(node: Node, character: str) -> Node:
    """What is left to match once this character was."""
    match node:
        case Empty():
            return NOTHING
        case Chars(of):
            return EMPTY if character in of else NOTHING
        case Then(first, rest):
            through = then(_after(first, character), rest)
            return either([through, _after(rest, character)]) if _may_end(first) else through
        case Either(of):
            return either([_after(each, character) for each in of])
        case Times(inner, least, most):
            fewer = times(inner, max(least - 1, 0), None if most is None else most - 1)
            return then(_after(inner, character), fewer)


class _Automaton:
    """States by number, the first is 0, and which kinds of characters lead from each to which."""

    def __init__(self, start: _State) -> None:
        kinds, number, ahead = _kinds(start), {start: 0}, [start]
        self.moves: list[list[tuple[str, int]]] = []
        for state in ahead:
            self.moves.append([])
            for kind in kinds:
                following = _step(state, kind[0])
                if following is None:
                    continue
                if following not in number:
                    number[following] = len(number)
                    ahead.append(following)
                self.moves[-1].append((kind, number[following]))
            if len(ahead) > _STATES_AT_MOST:
                raise TooMany
        self._enders = [{number[state] for state in ahead if _ends(state)}]

    def ends_after(self, state: int, length: int) -> bool:
        """Whether a text of just this length leads from here to an end."""
        while len(self._enders) <= length:
            last = self._enders[-1]
            self._enders.append({here for here, moves in enumerate(self.moves) if any(to in last for _, to in moves)})
        return state in self._enders[length]

    def of_length(self, state: int, length: int) -> Iterator[str]:
        """All texts of just this length from here to an end."""
        if length > _LENGTH_AT_MOST:
            raise TooMany
        if not self.ends_after(state, length):
            return
        if length == 0:
            yield ""
            return
        for kind, following in self.moves[state]:
            for rest in self.of_length(following, length - 1):
                yield from (character + rest for character in kind)


@lru_cache(maxsize=1024)
def _automaton(match: frozenset[str], mismatch: frozenset[str], least: int, most: int | None) -> _Automaton:
    any_of_the_length = times(Chars(frozenset(_ALPHABET)), least, most)
    return _Automaton((frozenset({any_of_the_length, *map(parsed, match)}), frozenset(map(parsed, mismatch))))


def _step(state: _State, character: str) -> _State | None:
    """The state after one more character; None if no text goes on from there."""
    match = frozenset(_after(node, character) for node in state[0])
    mismatch = frozenset(_after(node, character) for node in state[1]) - {NOTHING}
    return None if NOTHING in match else (match, mismatch)


def _ends(state: _State) -> bool:
    return all(map(_may_end, state[0])) and not any(map(_may_end, state[1]))


def _kinds(start: _State) -> tuple[str, ...]:
    """The characters, those that no class tells apart as one text: its first stands for them all."""
    classes = list({of for node in (*start[0], *start[1]) for of in _classes(node)})
    kinds: dict[tuple[bool, ...], str] = {}
    for character in _ALPHABET:
        kind = tuple(character in of for of in classes)
        kinds[kind] = kinds.get(kind, "") + character
    return tuple(kinds.values())


def _classes(node: Node) -> Iterator[frozenset[str]]:
    match node:
        case Empty():
            return
        case Chars(of):
            yield of
        case Then(first, rest):
            yield from _classes(first)
            yield from _classes(rest)
        case Either(of):
            for each in of:
                yield from _classes(each)
        case Times(inner, _, _):
            yield from _classes(inner)
