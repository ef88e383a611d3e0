"""What is said of a figure in words, and that nothing is said that the row does not say."""

from support.releases import definition, row

from outcomes_service.dashboard.wording import NONE, figure, interval, sentence, unknown
from outcomes_service.releases.model import Row

COMPLETERS = definition(
    "completer-success",
    title="In work or training on completing the programme",
    unit="case",
    denominator="all completers whose window has closed",
)


def test_a_share_says_of_whom_how_sure_and_what_is_not_known() -> None:
    assert sentence(row(175, 200, 10), COMPLETERS) == (
        "In work or training on completing the programme: about 175 of 200 completers whose window has closed, which "
        "is 87.5 %; between 82 and 91 in 100 if chance alone is allowed for (95 % interval). "
        "Of 10 it is not known: they count as no. Were all of them yes, it would be 92.5 %."
    )


def test_an_exact_share_is_not_said_to_be_about_so_many() -> None:
    exact = Row(at={}, k=174, n=200, u=0, rate=0.87, low=0.816, high=0.910)
    assert sentence(exact, COMPLETERS) == (
        "In work or training on completing the programme: 174 of 200 completers whose window has closed, which is "
        "87.0 %; between 82 and 91 in 100 if chance alone is allowed for (95 % interval)."
    )


def test_an_interval_is_told_with_the_places_that_it_takes() -> None:
    notes = Row(at={}, k=10_230_000, n=11_000_000, rate=0.93, low=0.92985, high=0.93015)
    assert "between 92.98 and 93.02 in 100" in sentence(notes, COMPLETERS)
    assert "between 0.0 and 0.4 in 100" in sentence(Row(at={}, k=0, n=900, rate=0.0, low=0.0, high=0.0043), COMPLETERS)


def test_what_is_suppressed_is_said_to_be_so_and_why() -> None:
    assert sentence(row(), COMPLETERS) == (
        "In work or training on completing the programme: suppressed. "
        "It is 1 to 7, or a number that would give such a one, or everybody's result, away."
    )
    assert (figure(row(), "case"), interval(row()), unknown(row(), named=True)) == ("suppressed", NONE, "suppressed")


def test_a_share_whose_unknown_are_few_says_that_they_are_suppressed() -> None:
    partly = Row(at={}, k=30, n=65, rate=30 / 65, low=0.346, high=0.581, protection="suppressed")
    assert sentence(partly, COMPLETERS).endswith("(95 % interval). How many of them are unknown is suppressed.")
    assert (figure(partly, "case"), unknown(partly, named=True)) == ("46.2 %", "suppressed")


def test_days_pounds_targets_and_plain_counts_are_said_as_what_they_are() -> None:
    waits = definition("wait-to-first-session", title="Days to the first session", unit="day", denominator="referrals")
    cost = definition("cost-per-person", title="Cost a person", unit="pound", denominator="the people of the target")
    reach = definition("reach-people", title="People reached", denominator="persons whom the scheme set out to reach")
    contacts = definition("contacts", title="Contacts", unit="session", denominator=None)
    for made, of, said in (
        (Row(at={}, n=120, value=1.0, p90=14), waits, "half of 120 referrals within 1 day, nine in ten within 14."),
        (Row(at={}, n=12, value=6.5), waits, "half of 12 referrals within 6.5 days."),
        (
            Row(at={}, k=5_000_000, n=4_000, value=1250),
            cost,
            "£1,250, which is £5,000,000 over 4,000 people of the target.",
        ),
        (
            Row(at={}, k=3_000, n=4_000, rate=0.75),
            reach,
            "3,000 of 4,000 persons whom the scheme set out to reach, which is 75.0 %.",
        ),
        (Row(at={}, k=1_234), contacts, "1,234."),
        (Row(at={}, k=0, n=0, u=0), reach, "nothing is counted yet."),
    ):
        assert sentence(made, of) == f"{of.title}: {said}"


def test_codes_of_the_contract_are_said_in_words() -> None:
    whom = definition("returned", title="Returned", denominator="cases recorded as `returned_to_work`")
    assert "of 65 cases recorded as returned to work" in sentence(row(30, 65, 0), whom)


def test_a_figure_is_a_share_or_how_many() -> None:
    assert figure(row(175, 200), "case") == "87.5 %"
    assert figure(row(175, 200), "person") == "175"
    assert figure(Row(at={}, n=120, value=6, p90=14), "day") == "6 days; 9 in 10 within 14"
    assert interval(row(175, 200)) == "82.2 to 91.4 %"
