"""More mutations than `make test` has time for, and what each record costs: `PYTHONPATH=tests python -m corpus`."""

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

from contracts.envelope import Record
from contracts.reasons import REASONS
from corpus.everything import everything
from corpus.gates import NOW, agree, judged, opening
from corpus.good import data_of, good
from corpus.mutations import made, mutated
from ops.checking.inputs import Sent
from ops.checking.verdicts import verdicts_on

ALLOWED_MS = 50


def records(mutations: int, seed: int) -> Iterator[tuple[str, Record, Record]]:
    """Name, record, and the record that made the referral which it is about."""
    referral = data_of(opening())["referral_id"]
    yield from ((case.name, case.spoil(good(case.of, referral)), opening()) for case in everything())
    spoilt = enumerate(mutated(mutations, seed))
    yield from ((f"mutation {number} of seed {seed}", record, made()) for number, record in spoilt)


def is_right(record: Record, opened: Record) -> bool:
    """Whether the gate says one thing that the contract names, and `footing check` the same."""
    told = judged(record, opened)
    [verdict] = verdicts_on(Sent("a record", "record", record), NOW)
    return (told.reason is None or told.reason in REASONS) and agree(verdict, told)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    costs: list[tuple[float, str]] = []
    wrong, fates = [], Counter[str]()
    for name, record, opened in records(given.mutations, given.seed):
        begun = time.process_time()
        told = judged(record, opened)
        costs.append((1000 * (time.process_time() - begun), name))
        fates[told.fate] += 1
        if not is_right(record, opened):
            wrong.append(name)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    slowest = max(costs)
    average = sum(cost for cost, _ in costs) / len(costs)
    say = (
        f"{len(costs):,} records: {dict(fates)}; wrong: {wrong or 'none'}",
        f"slowest {slowest[0]:.1f} ms of CPU ({slowest[1]}), {average:.2f} ms on average",
        f"the process grew by {grown / 1024:.0f} MiB",
    )
    print(*say, sep="\n")  # noqa: T201  it is a command
    return 1 if wrong or slowest[0] > ALLOWED_MS else 0


if __name__ == "__main__":
    sys.exit(main())
