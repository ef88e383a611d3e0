"""The page of the docs takes the table between its marks, and nothing else of it changes."""

from benchmarks.page import PAGE, page_with
from benchmarks.table import markdown


def test_the_table_goes_between_the_marks_of_the_real_page() -> None:
    text = PAGE.read_text()
    entry = {
        "work": "gate",
        "must": "ratio 0.4",
        "reached": "0.5",
        "share": "all",
        "cpu_seconds": {"worker": 6.25},
        "peak_mb": {},
    }
    new = page_with(page_with(text, "| a former table |\n"), markdown([entry]))
    assert "| `gate` | ratio 0.4 | 0.5 | all | worker 6.2 |  |\n<!-- end of table -->" in new
    assert "a former table" not in new
    assert new.split("<!-- table")[0] == text.split("<!-- table")[0]
    assert new.split("end of table -->")[1] == text.split("end of table -->")[1]
