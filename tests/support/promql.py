"""Which metrics and labels an expression of Prometheus names. Not a parser: it knows the forms that ours have."""

import re
from dataclasses import dataclass

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")
_SELECTOR = re.compile(r"(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*\(|\w)")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_WORDS = {"and", "or", "unless", "bool"}


@dataclass(frozen=True)
class Named:
    """The metrics with the labels that stand in their braces, and the labels by which is grouped."""

    metrics: dict[str, set[str]]
    grouping: set[str]


def named(expression: str) -> Named:
    """What it names. `Named.metrics` has each metric once, with all labels that it is asked by."""
    plain = _STRING.sub('""', expression)
    grouping = {label.strip() for labels in _GROUPING.findall(plain) for label in labels.split(",") if label.strip()}
    metrics: dict[str, set[str]] = {}
    for name, braces in _SELECTOR.findall(_RANGE.sub("", _GROUPING.sub("", plain))):
        if name not in _WORDS:
            metrics.setdefault(name, set()).update(_MATCHER.findall(braces))
    return Named(metrics, grouping)
