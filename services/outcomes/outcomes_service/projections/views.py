"""The views on which analysts rely, `journeys` and `figures`, as aggregation pipelines."""

from typing import Any, Final

from outcomes_service.indicators.catalogue import MEASURES
from outcomes_service.indicators.counting import Notes, Records, Share, Tally
from outcomes_service.indicators.per_fact import ShareOfFacts
from outcomes_service.indicators.wilson import Z
from schemes import CANARY

Pipeline = list[dict[str, Any]]

# A journey without a scheme is no referral: not made yet, withdrawn, erased, or a practice's notes. A canary is none.
JOURNEYS: Final[Pipeline] = [
    {"$match": {"scheme_id": {"$exists": True, "$ne": CANARY}}},
    {
        "$project": {
            "scheme_id": 1, "area": 1, "practice": 1, "source_code": 1, "entry": 1, "main_barrier": 1, "age_band": 1,
            "synthetic": 1, "referred_at": 1, "first_session_at": 1, "sessions": {"$ifNull": ["$sessions", 0]},
            "plan_agreed_at": 1, "programme": 1, "checkpoints": 1, "closed_at": 1, "closed_reason": 1, "person_ref": 1,
            "version": 1, "applied": "$facts.id",
        }
    },
]  # fmt: skip

_WHERE: Final = ("scheme_id", "area", "measure", "definition", "synthetic")
_TODAY: Final = {"$dateToString": {"date": "$$NOW", "format": "%Y-%m-%d", "timezone": "Europe/London"}}


def figures() -> Pipeline:
    """Shares and counts as of today, a row for each area: rows may be added up. Medians come from the API."""
    kinds = Share | Records | ShareOfFacts | Notes
    shares = [m.id for m in MEASURES if isinstance(m.counting, kinds) and not _has_target(m.counting)]
    counts = [m.id for m in MEASURES if isinstance(m.counting, Tally) or _has_target(m.counting)]
    parts = ("k", "n", "u")
    return [
        {"$match": {"measure": {"$in": [*shares, *counts]}}},
        {"$project": {**dict.fromkeys(_WHERE, 1), **{part: _as_of_today(part) for part in parts}}},
        {"$group": {"_id": {n: f"${n}" for n in _WHERE}, **{part: {"$sum": f"${part}"} for part in parts}}},
        {"$match": {"$or": [{part: {"$ne": 0}} for part in parts]}},
        {"$replaceWith": {"$mergeObjects": ["$_id", {part: f"${part}" for part in parts}, {"as_of": _TODAY}]}},
        {"$set": {"n": {"$cond": [{"$in": ["$measure", counts]}, None, "$n"]}}},
        {"$set": {"rate": _where_n({"$divide": ["$k", "$n"]})}},
        {"$set": {"low": _where_n(_bound("$subtract")), "high": _where_n(_bound("$add"))}},
    ]


def _has_target(counting: object) -> bool:
    return isinstance(counting, Share) and counting.target is not None


def _as_of_today(part: str) -> dict[str, Any]:
    days = {"$objectToArray": {"$ifNull": [f"$parts.{part}", {}]}}
    counted = {"$filter": {"input": days, "cond": {"$lte": ["$$this.k", _TODAY]}}}
    return {"$sum": {"$map": {"input": counted, "in": "$$this.v"}}}


def _where_n(value: dict[str, Any]) -> dict[str, Any]:
    return {"$cond": [{"$gt": ["$n", 0]}, value, None]}


def _bound(side: str) -> dict[str, Any]:
    """Wilson's lower or upper bound, as `indicators.wilson` has it."""
    z2 = Z * Z
    spread = {
        "$add": [
            {"$divide": [{"$multiply": ["$rate", {"$subtract": [1, "$rate"]}]}, "$n"]},
            {"$divide": [z2, {"$multiply": [4, "$n", "$n"]}]},
        ]
    }
    middle = {"$add": ["$rate", {"$divide": [z2, {"$multiply": [2, "$n"]}]}]}
    bound = {side: [middle, {"$multiply": [Z, {"$sqrt": spread}]}]}
    share = {"$divide": [bound, {"$add": [1, {"$divide": [z2, "$n"]}]}]}
    return {"$max": [0, {"$min": [1, share]}]}
