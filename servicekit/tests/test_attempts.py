"""How often somebody may be wrong, told by a clock of the test."""

from servicekit.attempts import AT_ONCE, SECONDS_EACH, Attempts


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_after_ten_mistakes_the_next_attempt_waits_half_a_minute_and_others_are_not_held_up() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    assert [attempts.take("192.0.2.1") for _ in range(AT_ONCE)] == [0] * 10
    assert attempts.take("192.0.2.1") == 30
    assert attempts.take("192.0.2.2") == 0

    clock.seconds += SECONDS_EACH
    assert attempts.take("192.0.2.1") == 0
    assert attempts.take("192.0.2.1") == 30


def test_who_is_right_may_be_so_as_often_as_they_like() -> None:
    attempts = Attempts(Clock())
    for _ in range(50):
        assert attempts.take("192.0.2.1") == 0
        attempts.give_back("192.0.2.1")


def test_what_is_not_allowed_does_not_make_the_wait_longer() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(100):
        attempts.take("192.0.2.1")
    clock.seconds += SECONDS_EACH
    assert attempts.take("192.0.2.1") == 0
