"""A clean week, simulated, as Prometheus would see it: nothing is wrong, and a good deal happens.

Five services, few events by day and none at night; each Sunday's releases of a partner come late in the evening and a
backfill of years on Wednesday; on Thursday all services are replaced; on Saturday the read models are rebuilt. Some
events are refused, sessions wait for their referral, a recipient is away for half an hour each day.
"""

import json
import random
from collections import defaultdict
from typing import Any, Final

STEP_MINUTES: Final = 2
DAYS: Final = 7
_STEPS: Final = DAYS * 24 * 60 // STEP_MINUTES
_LOOPS: Final = {
    "referral": ("gate",), "case": ("gate",), "outcomes": ("gate", "projector"), "notify": ("telling",),
    "door": ("fates",),
}  # fmt: skip
_TOPICS: Final = {
    "gate": ("inbox.*.session-held", "referral-made"), "projector": ("session-held",), "telling": ("referral-made",),
    "fates": ("receipts.*",),
}  # fmt: skip
_SCHEMES: Final = ("rhyl", "bridgend")
_ENDINGS: Final = ("applied", "ignored", "waiting", "refused", "duplicate", "id_reused", "parked")
_REPLACED: Final = (3 * 24 + 14) * 60  # Thursday at two, for a minute each
_REBUILD: Final = (5 * 24 + 3) * 60
_BACKFILL: Final = (2 * 24 + 20) * 60
_BACKFILL_MINUTES, _REBUILD_MINUTES = 24, 40

Values = dict[str, list[float | None]]


def test_file(rules: str) -> dict[str, Any]:
    """What promtool is to be given: no alert at any time of the week; beside it a bad hour, in which there is one."""
    series = [{"series": name, "values": _written(values)} for name, values in _week().items()]
    silent = {"expr": 'count_over_time(ALERTS{alertstate="firing"}[7d])', "eval_time": f"{DAYS * 24}h"}
    bad = [{"series": 'footing_parked_records{job="case",loop="gate"}', "values": "0x5 1x9 0x15"}]
    # From the twelfth minute; five minutes later it is said, until the thirtieth.
    parked = '{alertname="FootingParked",alertstate="firing",job="case",loop="gate",severity="warning"}'
    said = {"expr": f"count_over_time(ALERTS{parked}[1h])", "eval_time": "1h"}
    return {
        "rule_files": [rules],
        "evaluation_interval": f"{STEP_MINUTES}m",
        "tests": [
            _test("a clean week", series, {**silent, "exp_samples": []}),
            _test("a bad hour", bad, {**said, "exp_samples": [{"labels": parked, "value": 7}]}),
        ],
    }


def _test(name: str, series: list[dict[str, str]], asked: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "interval": f"{STEP_MINUTES}m", "input_series": series, "promql_expr_test": [asked]}


def names() -> set[str]:
    """The metrics that it has."""
    chance, totals = random.Random(0), defaultdict[str, float](float)
    return {name.partition("{")[0] for job in _LOOPS for name in _service(job, 0, chance, totals)}


def _week() -> Values:
    chance, week = random.Random(11), defaultdict[str, list[float | None]](list)
    totals: defaultdict[str, float] = defaultdict(float)
    for step in range(_STEPS):
        now = step * STEP_MINUTES
        for n, job in enumerate(_LOOPS):
            away = _REPLACED + 2 * n <= now < _REPLACED + 2 * n + STEP_MINUTES
            for name, value in _service(job, now, chance, totals).items():
                shown = 0.0 if away else value
                week[name].append(shown if name.startswith("up{") or not away else None)
            if away:
                for name in [name for name in totals if f'job="{job}"' in name]:
                    totals[name] = 0
    return week


def _service(job: str, now: int, chance: random.Random, totals: dict[str, float]) -> dict[str, float]:
    """What a scrape of it says; `totals` are its counters so far."""
    hour, backfilling = now / 60 % 24, 0 <= now - _BACKFILL < _BACKFILL_MINUTES
    is_open = 8 <= hour < 18 and now < 5 * 24 * 60
    here = f'job="{job}",instance="{job}:1"'
    said = {f"up{{{here}}}": 1.0, f"footing_clock_ahead_seconds{{{here}}}": chance.uniform(-0.2, 0.2)}
    for part in ("mongodb", "kafka"):
        said[f'footing_part_answers{{{here},part="{part}"}}'] = 1
        said[f'footing_measured_timestamp_seconds{{{here},part="{part}"}}'] = now * 60 - chance.uniform(0, 20)
    said[f"footing_mongo_disk_bytes{{{here}}}"] = 100e9
    said[f"footing_mongo_disk_used_bytes{{{here}}}"] = 60e9 + 1e9 * now / (24 * 60)
    for loop in _LOOPS[job]:
        came = 5_000 if backfilling else int(is_open and chance.random() < 0.02)
        said |= _loop(f'{here},loop="{loop}"', loop, came, backfilling, now, chance, totals)
    return said | _of_one(job, here, now, backfilling, is_open, chance, totals)


def _loop(
    here: str, loop: str, came: int, backfilling: bool, now: int, chance: random.Random, totals: dict[str, float]
) -> dict[str, float]:
    for ending in _ENDINGS:
        totals[f'footing_records_handled_total{{{here},ending="{ending}"}}'] += came if ending == "applied" else 0
    if came and not backfilling and chance.random() < 0.15:  # some mistakes, every day
        totals[f'footing_records_handled_total{{{here},ending="refused"}}'] += 1
    totals[f"footing_tick_failures_total{{{here}}}"] += 0
    # Sessions wait for a referral that comes some hours later, and a few for ever.
    waiting = 4 + (12 if 9 <= now / 60 % 24 < 15 else 0)
    behind = 60.0 * (now - _BACKFILL) if backfilling else (chance.uniform(0, 2) if came else 0.0)
    return {
        **{name: total for name, total in totals.items() if here in name},
        f"footing_loop_ready{{{here}}}": 1,
        f"footing_loop_paused{{{here}}}": 0,
        f"footing_lag_seconds{{{here}}}": behind,
        **{f'footing_lag_records{{{here},topic="{topic}"}}': behind * 80 for topic in _TOPICS[loop]},
        f"footing_outbox_oldest_seconds{{{here}}}": chance.uniform(0, 3) if came else 0,
        f"footing_waiting_records{{{here}}}": waiting,
        f"footing_parked_records{{{here}}}": 0,
    }


def _of_one(
    job: str, here: str, now: int, backfilling: bool, is_open: bool, chance: random.Random, totals: dict[str, float]
) -> dict[str, float]:
    """What only one service has to say, or only gates."""
    said: dict[str, float] = {}
    if job == "case":
        for scheme in _SCHEMES:
            said[f'footing_figures_short_records{{{here},scheme="{scheme}",event="session-held",why="waiting"}}'] = 4
    if job == "outcomes":
        for scheme in _SCHEMES:
            said[f'footing_measures_short{{{here},scheme="{scheme}",measure="users",why="waiting"}}'] = 4
        rebuilding = 0 <= now - _REBUILD < _REBUILD_MINUTES
        said[f'footing_freshness_seconds{{{here},read_model="journeys"}}'] = 60.0 * (now - _BACKFILL) * backfilling
        said[f"footing_releases_wrong{{{here}}}"] = 0
        said[f"footing_rebuilds_running{{{here}}}"] = rebuilding
        said[f"footing_rebuild_read_records{{{here}}}"] = 50_000 * (now - _REBUILD) if rebuilding else 0
    if job == "notify":
        failing = max(0, now % (24 * 60) - 10 * 60) * 60 if 10 * 60 <= now % (24 * 60) < 10 * 60 + 30 else 0
        said[f"footing_notifications_failing_seconds{{{here}}}"] = failing
        said[f'footing_notifications_total{{{here},channel="webhook",result="gave_up"}}'] = 0
    if job == "door":
        answers = f'footing_http_responses_total{{{here},route="/events",method="POST",status='
        totals[f'{answers}"202"}}'] += is_open and chance.random() < 0.05
        totals[f'{answers}"503"}}'] += 1 if now % (48 * 60) == 11 * 60 else 0  # Kafka elects a leader now and then
        said |= {name: total for name, total in totals.items() if name.startswith(answers)}
        quiet = f'{here},partner="acme",event="session-held"}}'
        said[f"footing_partner_silent{{{quiet}"] = 0
        said[f'footing_partner_missing_events{{{here},partner="acme",event="session-held",scheme="rhyl"}}'] = 0
        said[f"footing_partner_seconds_since_last_event{{{quiet}"] = now * 60 % (63 * 3600)  # a weekend
        said[f"footing_canary_last_success_timestamp_seconds{{{here}}}"] = now // 15 * 15 * 60
    return said


def _written(values: list[float | None]) -> str:
    """In promtool's notation: what repeats is said once."""
    said: list[tuple[str, int]] = []
    for value in values:
        word = "_" if value is None else f"{value:g}" if abs(value) < 1e5 else str(round(value))
        if said and said[-1][0] == word:
            said[-1] = word, said[-1][1] + 1
        else:
            said.append((word, 1))
    return " ".join(word if times == 1 else _repeated(word, times) for word, times in said)


def _repeated(word: str, times: int) -> str:
    return f"_x{times}" if word == "_" else f"{word}+0x{times - 1}"


def as_text(rules: str) -> str:
    """JSON, which is YAML."""
    return json.dumps(test_file(rules))
