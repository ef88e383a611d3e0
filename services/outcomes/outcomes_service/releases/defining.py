"""What a measure means now, as a release writes it down."""

import hashlib

from outcomes_service.indicators.measure import Measure
from outcomes_service.releases.model import Definition


def defined(measure: Measure) -> Definition:
    """The definition of a measure in its present words."""
    words = "\n".join((measure.title, measure.words, measure.unit, measure.cohort, measure.window or ""))
    return Definition(
        measure=measure.id,
        version=hashlib.sha256(words.encode()).hexdigest()[:8],
        title=measure.title,
        words=measure.words,
        unit=measure.unit,
        numerator=None,
        denominator=measure.cohort,
        unknown=None,
        window=measure.window,
        polarity=measure.polarity,
        caveats=measure.caveats,
        source=measure.source,
    )
