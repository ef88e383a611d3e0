"""What follows from a transaction that failed."""

from servicekit.retrying import records_next


def test_a_transaction_that_takes_too_long_gets_smaller_whatever_mongodb_calls_its_failure() -> None:
    assert records_next(5000, outage=False, seconds=0.2) == 5000
    assert records_next(5000, outage=False, seconds=61.0) == 2500
    assert records_next(5000, outage=True, seconds=0.2) == 2500
    assert records_next(1, outage=True, seconds=61.0) == 1
