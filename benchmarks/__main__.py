"""`python -m benchmarks`: measure works, one after the other, on real Kafka and MongoDB."""

import pstats
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks import table
from benchmarks.bench import Bench
from benchmarks.outcome import Result
from benchmarks.works import breakdown, door, gate, identities, latency, memory, projection, rebuild, scale, tutorial

WORKS: Final[dict[str, Callable[[Bench], Result]]] = {
    "projection-3": projection.three,
    "projection-20": projection.twenty,
    "gate": gate.gate,
    "gate-two": gate.two,
    "rebuild": rebuild.rebuild,
    "latency-100": latency.at_100,
    "latency-1": latency.at_1,
    "door-single": door.single,
    "door-batch": door.batches,
    "memory": memory.memory,
    "tutorial": tutorial.tutorial,
    "scale": scale.scale,
    "identities": identities.identities,
    "breakdown": breakdown.breakdown,
}
PROFILES: Final[dict[str, Callable[[Bench, str], None]]] = {
    "projection-3": lambda bench, target: projection.profile(bench, 3, target),
    "projection-20": lambda bench, target: projection.profile(bench, 20, target),
    "gate": gate.profile,
    "door-single": lambda bench, target: door.profile(bench, target, batched=False),
    "door-batch": lambda bench, target: door.profile(bench, target, batched=True),
}
_LINES: Final = 45

_EXAMPLES: Final = """
Examples:

  python -m benchmarks                          everything, five runs each: about an hour

  python -m benchmarks projection-3 gate        two works

  python -m benchmarks --share 0.3              three events of ten, where there is less time

  python -m benchmarks gate --quick --runs 1    does it work?

  python -m benchmarks gate --profile           where our worker spends its time
"""


def main(  # noqa: PLR0917  one parameter an option
    works: Annotated[list[str] | None, typer.Argument(metavar="WORK...", help=f"Of: {', '.join(WORKS)}.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often each side runs, in turn.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events; the numbers say little.")] = False,
    share: Annotated[float, typer.Option(min=0.01, max=1, help="What share of the events; the table says so.")] = 1.0,
    profile: Annotated[bool, typer.Option("--profile", help="One run of ours under cProfile; no table.")] = False,
    output: Annotated[Path, typer.Option(help="Where bench.json and bench.md go.")] = Path("build"),
) -> None:
    """Measure how fast Footing is and what it uses, on Kafka and MongoDB of its own. Ctrl-C leaves nothing running."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is told to end, its children end first
    wanted = works or list(WORKS)
    if unknown := [name for name in wanted if name not in WORKS]:
        raise typer.BadParameter(f"There is no {', '.join(unknown)}. There are: {', '.join(WORKS)}.")
    bench = Bench(runs, quick, share)
    print(f"logs of the workers: {bench.logs}", flush=True)
    if profile:
        for name in wanted:
            _profile(bench, name, output)
        return
    results: list[Result] = []
    for name in wanted:
        print(f"{name} ...", flush=True)
        results.append(WORKS[name](bench))
        if not quick:
            table.write(results, output, table.machine(runs, share))
    table.show(results)
    if quick:
        print("A quick look: nothing was written.")


def _profile(bench: Bench, name: str, output: Path) -> None:
    if name not in PROFILES:
        raise typer.BadParameter(f"{name} has no profile. There are: {', '.join(PROFILES)}.")
    output.mkdir(parents=True, exist_ok=True)
    target = output / f"profile-{name}.prof"
    PROFILES[name](bench, str(target.resolve()))
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(target), stream=sys.stdout).strip_dirs().sort_stats(order).print_stats(_LINES)
    print(f"All of it: {target}")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    app.command(epilog=_EXAMPLES)(main)
    app()
