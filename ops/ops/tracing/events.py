"""What became of every event of one id: partners choose their ids, so that several may have the same."""

from typing import Any

import msgspec

from door_service.counted import NOT_ACCEPTED, which
from door_service.domain import Fates, told
from door_service.store import FATES
from ops.tracing.places import Places
from outcomes_service import store
from outcomes_service.lineage import Identity
from servicekit.documents import from_stored


async def of_id(places: Places, event_id: str) -> list[dict[str, Any]]:
    """Each event of this id, of any partner and type: the same answers as the partners get from the door."""
    keys = [f"{partner}/{event_id}" for partner in await places.partners()]
    found = places.of("door")[FATES].find({"_id": {"$in": keys}}).sort("_id", 1)
    answers = []
    async for stored in found:
        fates = from_stored(Fates, stored)
        for kind in dict.fromkeys(said.type for said in fates.said):
            if answer := told(fates, kind):
                answer.pop("same_id", None)  # they stand beside it
                partner = fates.id.partition("/")[0]
                answers.append({"partner": partner, **answer, **await _behind(places, answer, partner)})
    return answers


async def _behind(places: Places, answer: dict[str, Any], partner: str) -> dict[str, Any]:
    if answer["fate"] != "accepted":
        return {"projected": None, "counted_in": [], "not_counted": NOT_ACCEPTED}
    asked = which(answer, partner)
    came_of = await store.came_of(
        places.of("outcomes"),
        places.known,
        Identity(asked["partner"], asked["type"], asked["id"]),
        subject=asked["subject"],
        topic=asked["topic"],
        as_of=places.today,
    )
    plain: dict[str, Any] = msgspec.to_builtins(came_of)
    return plain
