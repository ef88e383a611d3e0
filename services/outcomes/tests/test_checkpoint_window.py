"""Which records of a work status lie within the window of a checkpoint?"""

import pytest
from support.outcomes import closed, journey, programme, work_status


@pytest.mark.parametrize(
    ("on", "counts"),
    [("2026-05-17", False), ("2026-05-18", True), ("2026-06-29", True), ("2026-06-30", False)],
)
def test_it_opens_14_days_before_and_closes_28_days_after(on, counts):
    # 52 weeks after 2 June 2025 are 1 June 2026
    made = journey(programme(on="2025-06-02"), work_status(52, "entered_work", on=on))
    assert ("52" in made.checkpoints) is counts


def test_without_a_programme_it_counts_from_the_closure():
    made = journey(closed(on="2025-06-02"), work_status(13, "entered_work", on="2025-09-01"))
    assert made.checkpoints["13"].status == "entered_work"


def test_the_end_of_the_programme_counts_before_the_closure():
    made = journey(programme(on="2025-06-02"), closed(on="2025-12-01"), work_status(0, "entered_work", on="2025-12-01"))
    assert made.checkpoints == {}


def test_before_there_is_an_end_no_record_counts():
    assert journey(work_status(0, "entered_work", on="2025-06-02")).checkpoints == {}
