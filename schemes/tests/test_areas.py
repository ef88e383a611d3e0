"""To which area of its scheme does a referral belong, before and after the boards of April 2026?"""

from datetime import date

import pytest

from schemes import Objection, Schemes, Succession, area_of, load, register, successions
from schemes.register import Practice, Register

BEFORE, AFTER = date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load()


@pytest.fixture(scope="module")
def practices() -> Register:
    return register.load()


def found(
    schemes: Schemes,
    practices: Register,
    day: date,
    *,
    scheme: str = "workwell",
    area: str | None = None,
    practice: str | None = None,
    code: str | None = None,
) -> str:
    answer = area_of(
        schemes[scheme], scheme_area=area, practice_code=practice, organisation_code=code, day=day, register=practices
    )
    return answer.code if isinstance(answer, Objection) else answer


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("QHL", "birmingham-and-solihull", "birmingham-and-solihull"),
        ("QUA", "black-country", "black-country"),
        ("QUY", "bristol-north-somerset-and-south-glos", "bristol-north-somerset-and-south-glos"),
        ("QUE", "cambridgeshire-and-peterborough", "area_unknown"),
        ("S1Y5D", "area_unknown", "cambridgeshire-and-peterborough"),
        ("QT6", "cornwall-and-the-isles-of-scilly", "cornwall-and-the-isles-of-scilly"),
        ("QWU", "coventry-and-warwickshire", "coventry-and-warwickshire"),
        ("QNQ", "frimley", "area_unknown"),
        ("S0E4D", "area_unknown", "frimley"),
        ("S9B9J", "area_unknown", "area_ambiguous"),
        ("QRL", "area_unknown", "frimley"),
        ("QGH", "herefordshire-and-worcestershire", "herefordshire-and-worcestershire"),
        ("QOP", "greater-manchester", "greater-manchester"),
        ("QE1", "lancashire-and-south-cumbria", "lancashire-and-south-cumbria"),
        ("QK1", "leicester-leicestershire-and-rutland", "leicester-leicestershire-and-rutland"),
        ("QMJ", "north-central-london", "area_unknown"),
        ("QRV", "north-west-london", "area_unknown"),
        ("Z9B2Z", "area_unknown", "area_ambiguous"),
        ("QF7", "south-yorkshire", "south-yorkshire"),
        ("QXU", "surrey-heartlands", "area_unknown"),
        ("RQ3XX", "area_ambiguous", "area_ambiguous"),  # a hospital's: no board's code, so it says nothing of the area
    ],
)
def test_a_board_s_code_is_read_as_of_the_day(
    schemes: Schemes, practices: Register, code: str, before: str, after: str
) -> None:
    assert found(schemes, practices, BEFORE, code=code) == before
    assert found(schemes, practices, AFTER, code=code) == after


def test_a_named_area_settles_a_shared_code(schemes: Schemes, practices: Register) -> None:
    assert found(schemes, practices, AFTER, area="north-west-london", code="Z9B2Z") == "north-west-london"


def test_what_a_shared_code_leaves_open_is_said(schemes: Schemes, practices: Register) -> None:
    answer = area_of(
        schemes["workwell"],
        scheme_area=None,
        practice_code=None,
        organisation_code="Z9B2Z",
        day=AFTER,
        register=practices,
    )
    assert answer == Objection("area_ambiguous", "data.scheme_area", "which of north-central-london, north-west-london")


@pytest.mark.parametrize("day", [BEFORE, AFTER])
def test_a_practice_stays_in_its_area_whatever_became_of_the_board(
    schemes: Schemes, practices: Register, day: date
) -> None:
    assert found(schemes, practices, day, practice="F83023") == "north-central-london"


def test_a_practice_of_a_newer_register_has_the_newer_code(schemes: Schemes) -> None:
    def newer(code: str, board: str) -> Practice:
        return Practice(code, "A SURGERY", board, date(1974, 4, 1), None, "A", "4")

    lines = [newer("D81001", "S1Y5D"), newer("F83023", "Z9B2Z")]
    practices = Register({line.code: line for line in lines}, as_of=date(2026, 5, 1))
    assert found(schemes, practices, AFTER, practice="D81001") == "cambridgeshire-and-peterborough"
    assert found(schemes, practices, BEFORE, practice="D81001") == "cambridgeshire-and-peterborough"
    assert found(schemes, practices, AFTER, practice="F83023") == "area_ambiguous"


def test_a_practice_elsewhere_belongs_to_no_area(schemes: Schemes, practices: Register) -> None:
    assert found(schemes, practices, BEFORE, practice="A81001") == "area_unknown"  # Stockton on Tees


def test_a_practice_that_the_register_lacks_is_refused_even_with_its_area(
    schemes: Schemes, practices: Register
) -> None:
    assert found(schemes, practices, BEFORE, area="frimley", practice="Z99999") == "practice_unknown"


def test_a_practice_outside_may_refer_into_a_named_area(schemes: Schemes, practices: Register) -> None:
    assert found(schemes, practices, BEFORE, area="frimley", practice="A81001") == "frimley"


def test_a_scheme_of_one_area_needs_no_code(schemes: Schemes, practices: Register) -> None:
    assert found(schemes, practices, date(2006, 1, 1), scheme="james-wigg") == "kentish-town"


def test_a_scheme_of_several_areas_without_codes_needs_the_area(schemes: Schemes, practices: Register) -> None:
    day = date(2009, 1, 1)
    assert found(schemes, practices, day, scheme="roll-out-2008", practice="F83023") == "area_ambiguous"
    assert found(schemes, practices, day, scheme="roll-out-2008", area="location-07") == "location-07"
    assert found(schemes, practices, day, scheme="roll-out-2008", area="location-13") == "area_unknown"


def test_the_successions_of_april_2026_say_which_figures_cannot_be_set_side_by_side(schemes: Schemes) -> None:
    assert successions(schemes["workwell"]) == (
        Succession("cambridgeshire-and-peterborough", AFTER, ("QUE",), ("S1Y5D",), whole=True),
        Succession("frimley", AFTER, ("QNQ",), ("S0E4D", "S9B9J", "QRL"), whole=False),
        Succession("north-central-london", AFTER, ("QMJ",), ("Z9B2Z",), whole=False),
        Succession("north-west-london", AFTER, ("QRV",), ("Z9B2Z",), whole=False),
        Succession("surrey-heartlands", AFTER, ("QXU",), ("S9B9J",), whole=False),
    )
