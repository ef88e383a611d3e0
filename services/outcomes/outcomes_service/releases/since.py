"""What has changed around a release since it was made: worked out when it is read, never written into it."""

from collections.abc import Iterable, Iterator
from datetime import date

from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases.defining import defined
from outcomes_service.releases.model import Release
from schemes.successions import successions


def since(release: Release, others: Iterable[Release], known: Known, today: date) -> tuple[str, ...]:
    """What a reader of the release must know today: corrected, defined anew, another register, other area codes."""
    if release.withdrawn_at is not None:
        return ()
    return (
        *_corrected(release, others),
        *_defined_anew(release, known),
        *_register(release, known),
        *_codes(release, known, today),
    )


def _corrected(release: Release, others: Iterable[Release]) -> Iterator[str]:
    for other in others:
        if other.corrects == release.id and other.status == "published":
            yield f"Corrected by release {other.id}: read that one."


def _defined_anew(release: Release, known: Known) -> Iterator[str]:
    for definition in release.definitions:
        measure = known.measures.get(definition.measure)
        if measure is None:
            yield f"{definition.title}: this measure is no longer counted."
        elif (now := defined(measure)).version != definition.version:
            yield (
                f"{definition.title}: the definition has changed since. The figures here follow version "
                f"{definition.version}; now it is version {now.version}."
            )


def _register(release: Release, known: Known) -> Iterator[str]:
    if release.register_as_of is not None and known.register.as_of > release.register_as_of:
        yield (
            f"The practice register is now as of {known.register.as_of}; the figures here know practices as of "
            f"{release.register_as_of}."
        )


def _codes(release: Release, known: Known, today: date) -> Iterator[str]:
    for scheme_id, area_id in sorted(_areas(release)):
        scheme = known.schemes.get(scheme_id)
        if scheme is None:
            continue
        for change in successions(scheme):
            if change.area == area_id and release.as_of < change.on <= today:
                area = scheme.area(area_id)
                yield (
                    f"{area.title if area else area_id}: its organisation code is {_codes_said(change.after)} since "
                    f"{change.on}; at the time of these figures it was {_codes_said(change.before)}."
                )


def _areas(release: Release) -> set[tuple[str, str]]:
    """Scheme and area of every row that is about one."""
    places = ((row.at.get("scheme"), row.at.get("area")) for table in release.tables for row in table.rows)
    return {(scheme, area) for scheme, area in places if scheme and area}


def _codes_said(codes: tuple[str, ...]) -> str:
    return " and ".join(codes) or "none"
