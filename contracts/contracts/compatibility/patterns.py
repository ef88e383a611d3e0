"""The regular expressions of the profile, read into trees.

Only what ECMA-262 and Python read alike: `^` first and `$` last, characters of ASCII, `[...]` without `^`, `(...)`, `|`
within a group, `? * + {m} {m,} {m,n}`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

_ESCAPED: Final = r"\\[^A-Za-z0-9]"
_TOKEN: Final = re.compile(
    r"\\[^A-Za-z0-9]|\{[0-9]+(?:,[0-9]*)?\}|\[(?:\\[^A-Za-z0-9]|[^\]\\^])(?:\\.|[^\]\\])*\]|[ -~]"
)


class NotPortable(ValueError):  # noqa: N818  it reads as what it says
    """The pattern is outside the profile."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of these."""

    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class Then:
    """One, and the rest after it."""

    first: "Node"
    rest: "Node"


@dataclass(frozen=True, slots=True)
class Either:
    """Any of these; nothing matches where there are none."""

    of: frozenset["Node"]


@dataclass(frozen=True, slots=True)
class Times:
    """So many of it, one after the other; `most` None: without end."""

    node: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty text."""


Node: TypeAlias = Chars | Then | Either | Times | Empty
EMPTY: Final = Empty()
NOTHING: Final = Either(frozenset())


@lru_cache(maxsize=256)
def parsed(pattern: str) -> Node:
    """The pattern as a tree; `NotPortable` if it is outside the profile."""
    if len(pattern) < 2 or not (pattern.startswith("^") and pattern.endswith("$")):
        raise NotPortable(f"{pattern}: begin with ^ and end with $")
    body = pattern[1:-1]
    tokens = _TOKEN.findall(body)
    if "".join(tokens) != body:
        raise NotPortable(f"{pattern}: characters of ASCII, and escapes of punctuation only")
    node, left = _sequence(tokens, pattern)
    if left:
        raise NotPortable(f"{pattern}: | within a group only, and each ( with its )")
    return node


def _alternatives(tokens: list[str], pattern: str) -> tuple[Node, list[str]]:
    node, left = _sequence(tokens, pattern)
    options = [node]
    while left and left[0] == "|":
        node, left = _sequence(left[1:], pattern)
        options.append(node)
    if not left:
        raise NotPortable(f"{pattern}: ( without )")
    return either(options), left[1:]


def _sequence(tokens: list[str], pattern: str) -> tuple[Node, list[str]]:
    nodes: list[Node] = []
    while tokens and tokens[0] not in "|)":
        node, tokens = _atom(tokens, pattern)
        if tokens and (bounds := _bounds(tokens[0])):
            node, tokens = times(node, *bounds), tokens[1:]
        nodes.append(node)
    whole: Node = EMPTY
    for node in reversed(nodes):
        whole = then(node, whole)
    return whole, tokens


def _atom(tokens: list[str], pattern: str) -> tuple[Node, list[str]]:
    token, left = tokens[0], tokens[1:]
    if token == "(":  # noqa: S105  a token of the pattern
        return _alternatives(left, pattern)
    if len(token) > 2 and token[0] == "[":
        return Chars(_class(token[1:-1], pattern)), left
    if token in set("^$?*+.[]{}\\") or _bounds(token):
        raise NotPortable(f"{pattern}: {token} stands where the profile has none")
    return Chars(frozenset(token[-1])), left


def _class(body: str, pattern: str) -> frozenset[str]:
    """The characters of `a-z0-9_-`."""
    found: set[str] = set()
    for first, last in re.findall(r"(\\?.)(?:-(\\?.))?", body):
        low, high = ord(first[-1]), ord((last or first)[-1])
        if high < low or re.match(r"\\[A-Za-z0-9]", first) or re.match(r"\\[A-Za-z0-9]", last):
            raise NotPortable(f"{pattern}: ranges upwards, and escapes of punctuation only")
        found.update(map(chr, range(low, high + 1)))
    return frozenset(found)


def _bounds(token: str) -> tuple[int, int | None] | None:
    if token in {"?", "*", "+"}:
        return {"?": (0, 1), "*": (0, None), "+": (1, None)}[token]
    if len(token) > 2 and token[0] == "{":
        least, comma, most = token[1:-1].partition(",")
        return int(least), (int(most) if most else None) if comma else int(least)
    return None


def then(first: Node, rest: Node) -> Node:
    """One after the other, as short as it can be said."""
    if NOTHING in (first, rest):
        return NOTHING
    if first == EMPTY:
        return rest
    return first if rest == EMPTY else Then(first, rest)


def either(nodes: Sequence[Node]) -> Node:
    """Any of them, as short as it can be said."""
    flat = {inner for node in nodes for inner in (node.of if isinstance(node, Either) else (node,))}
    return next(iter(flat)) if len(flat) == 1 else Either(frozenset(flat))


def times(node: Node, least: int, most: int | None) -> Node:
    """So many of it, as short as it can be said."""
    if most == 0 or node == EMPTY:
        return EMPTY
    if node == NOTHING:
        return EMPTY if least == 0 else NOTHING
    return node if (least, most) == (1, 1) else Times(node, least, most)
