"""How fresh and how complete are the figures, seen from outside while events wait and while a gate does not answer?"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from support.outsider import new_id, referral_made, session_held, until
from support.whole import Whole

SCHEME = "bridgend"


def figures(whole: Whole, scheme: str = SCHEME) -> Any:
    """What the API says of a scheme now."""
    return httpx.get(f"{whole.services.urls['outcomes']}/api/schemes/{scheme}/figures", timeout=30).json()


def waiting(answer: Any) -> set[int | None]:
    """How many events wait, as each figure says."""
    return {figure["waiting"] for figure in answer["figures"]}


@contextmanager
def silent(pid: int) -> Iterator[None]:
    """The process is there, and does not answer."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_waits_is_told_with_every_figure_of_the_schemes_of_its_partner_and_of_no_other(whole: Whole) -> None:
    before = until(lambda: said if waiting(said := figures(whole)) != {None} else None)
    elsewhere = figures(whole, "rhyl")
    early = session_held(new_id())
    whole.partners["acme"].publish(early)
    (many,) = waiting(before)
    now = until(lambda: said if waiting(said := figures(whole)) == {(many or 0) + 1} else None)

    assert now["progress"]["not_answering"] == []
    assert {figure["parked"] for figure in now["figures"]} == {figure["parked"] for figure in before["figures"]}
    assert waiting(figures(whole, "rhyl")) == waiting(elsewhere)
    whole.partners["acme"].publish(referral_made(early.subject))
    until(lambda: waiting(figures(whole)) == {many})


def test_when_all_is_counted_the_figures_are_as_fresh_as_can_be(whole: Whole) -> None:
    referral = referral_made(new_id())
    whole.partners["acme"].publish(referral)
    until(lambda: whole.partners["acme"].ask(referral.id).get("projected"))
    now = until(lambda: said if (said := figures(whole))["progress"]["freshness_seconds"] == 0 else None)
    assert {figure["freshness_seconds"] for figure in now["figures"]} == {0.0}


def test_a_gate_that_does_not_answer_makes_what_waits_not_known_and_the_figures_stand(whole: Whole) -> None:
    with silent(whole.services.pid("case")):
        now = until(lambda: said if (said := figures(whole))["progress"]["not_answering"] else None)
        assert now["progress"]["not_answering"] == ["case"]
        assert now["progress"]["freshness_seconds"] is None
        assert waiting(now) == {None}
        assert all(figure["k"] is not None for figure in now["figures"] if figure["measure"] == "users")
    until(lambda: figures(whole)["progress"]["not_answering"] == [])
