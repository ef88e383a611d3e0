"""Runs seeds."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

import structlog

from servicekit import runner
from simulation.checker import violations
from simulation.history import History, World

_GARBAGE_EVERY: Final = 50  # histories


@contextmanager
def quietly() -> Iterator[None]:
    """Nothing is logged or counted, which nobody listens to here, and garbage is looked for only now and then."""
    configured = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        with (
            patch.object(runner, "say", lambda *_: None),
            patch.object(runner.LoopRunner, "_collect_garbage", lambda _: None),
        ):
            yield
    finally:
        gc.enable()
        gc.unfreeze()
        structlog.configure(**configured)


def run_seed(seed: int, *, traced: bool = False) -> tuple[History, list[str]]:
    """One history and what is amiss in it; `traced` keeps its schedule."""
    history = World(seed, traced).run()
    if seed % _GARBAGE_EVERY == 0:
        gc.collect()
    return history, violations(history)


def first_amiss(seeds: range) -> int | None:
    """The first of these seeds whose history violates anything."""
    return next((seed for seed in seeds if run_seed(seed)[1]), None)


def told(seed: int) -> str:
    """The schedule of a seed, what was amiss, and how to see it again."""
    history, amiss = run_seed(seed, traced=True)
    sentences = [f"seed {seed}: {sentence}" for sentence in amiss]
    again = [f"again: PYTHONPATH=tests python -m simulation --seed {seed}"] if amiss else []
    return "\n".join([*history.schedule, *sentences, *again])
