"""What a measure means now, as a release writes it down."""

from outcomes_service.indicators.measure import Measure
from outcomes_service.releases.model import Definition


def defined(measure: Measure) -> Definition:
    """The definition of a measure in its present words."""
    return Definition(
        measure=measure.id,
        version=measure.version,
        title=measure.title,
        words=measure.words,
        unit=measure.unit,
        numerator=measure.numerator,
        denominator=measure.denominator,
        unknown=measure.unknown,
        window=measure.window,
        polarity=measure.polarity,
        caveats=measure.caveats,
        source=measure.source,
    )
