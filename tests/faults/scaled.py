"""A copy of the alert rules in which time runs faster: a minute becomes a second, and nothing lasts longer than twenty.

But a range may last twice as long: what is counted in it has to be seen for as long as `for:` asks, also on a machine
that is busy.

What is scaled: `for:`, the windows of ranges, `offset`, and bounds that are seconds. Of the numbers that something is
compared with, those of a minute and more are seconds: counts and shares in the rules are smaller. All else is as it
stands. Less than a second a minute would be too fast: what has to be asked of MongoDB and Kafka is asked every ten.
"""

import re
from typing import Any, Final

SECONDS_A_MINUTE: Final = 1
MOST_SECONDS: Final = 20
MOST_OF_A_RANGE_SECONDS: Final = 40
_LEAST_BOUND_SECONDS: Final = 60
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(?<=\[)(\d+[smhd])(?=\])|(?<=offset )(\d+[smhd])")
_BOUND: Final = re.compile(r"(?<=> )(\d+)\b(?!\.)")


def rules(written: dict[str, Any]) -> dict[str, Any]:
    """The content of a file of rules, scaled."""
    return {"groups": [{**group, "rules": [_rule(rule) for rule in group["rules"]]} for group in written["groups"]]}


def expression(written: str) -> str:
    """An expression of PromQL, scaled."""
    most = {1: MOST_OF_A_RANGE_SECONDS, 2: MOST_SECONDS}
    faster = _DURATION.sub(lambda found: f"{_seconds(_told(found[0]), most[found.lastindex or 2])}s", written)
    return _BOUND.sub(lambda found: str(_bound(int(found[0]))), faster)


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    scaled = {**rule, "expr": expression(rule["expr"])}
    return {**scaled, "for": f"{_seconds(_told(rule['for']))}s"} if "for" in rule else scaled


def _bound(written: int) -> int:
    return _seconds(written) if written >= _LEAST_BOUND_SECONDS else written


def _seconds(written: int, most: int = MOST_SECONDS) -> int:
    return min(written * SECONDS_A_MINUTE // 60, most)


def _told(duration: str) -> int:
    return int(duration[:-1]) * _UNITS[duration[-1]]
