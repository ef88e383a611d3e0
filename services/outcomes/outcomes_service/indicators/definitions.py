"""The definitions of success that stand side by side. A record names its own, and counts under that alone."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeDefinition:
    """What has to be true of somebody's work for a work status to be recorded under this name."""

    id: str
    title: str
    words: str
    source: str


DEFINITIONS: Final = (
    OutcomeDefinition(
        id="seed",
        title="As the articles count",
        words="In work, or in training where a measure says so, as the service recorded it; no least hours, no least "
        "time.",
        source="the articles that the project started from",
    ),
    OutcomeDefinition(
        id="ips-grow",
        title="First paid hours",
        words="In work from the first four paid hours.",
        source="IPS Grow, the national support programme for Individual Placement and Support",
    ),
    OutcomeDefinition(
        id="primary-care",
        title="Lasting part-time work",
        words="In paid work of at least 7 hours a week in 13 of 16 weeks.",
        source="Individual Placement and Support in Primary Care, a programme of the Department for Work and Pensions",
    ),
)
