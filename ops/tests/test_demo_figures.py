"""How the demo compares: exactly, and in the words of what was published."""

from ops.demo.figures import compared, reading
from schemes.published import to_come_out


def figure(measure: str, **values: object) -> dict[str, object]:
    return {"measure": measure, "k": None, "n": None, "rate": None, "value": None, "unit": "case", **values}


def test_figures_read_as_they_were_published() -> None:
    assert reading(figure("completer-success", k=174, n=200, rate=0.87)) == "87.0 %"
    assert reading(figure("cost-per-area", k=5_000_000, n=12, value=416_666.67, unit="pound")) == "GBP 416,667"
    assert reading(figure("reach-people", k=4_000, n=4_000, rate=1.0)) == "4,000"
    assert reading(figure("wait-to-first-session", n=200, value=7.0, unit="day")) == "7 days"
    assert reading({}) == "-"


def test_a_figure_is_right_only_if_its_counts_are() -> None:
    def of(k: int) -> bool:
        answers = {"james-wigg": [figure("completer-success", k=k, n=200, rate=k / 200)]}
        found = compared(answers, {"james-wigg": 2_227})
        return next(came.is_right for came in found if came.expected.id == "completer-success")

    assert of(174)
    assert not of(173)
    assert not any(came.is_right for came in compared({}, {}))


def test_every_published_figure_is_compared() -> None:
    assert [expected.published for expected in to_come_out()] == [
        "87 %", "82 %", "71.5 %", "85.6 %", "55.6 %", "40", "4,000", "GBP 1,250", "GBP 416,667", "GBP 138,889",
        "GBP 1.3m", "93 %", "GBP 100k", "12 weeks",
    ]  # fmt: skip
