"""What does the API say that measures mean, to anybody?"""

from typing import Any

import httpx
from fastapi import FastAPI
from support.outcomes import known

from outcomes_service.declarations import routes


async def ask(path: str) -> httpx.Response:
    """The declarations alone: they need no database."""
    app = FastAPI()
    app.include_router(routes(known()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        return await http.get(path)


async def test_every_measure_is_told_with_the_definitions_of_success() -> None:
    said: Any = (await ask("/api/measures")).json()
    assert {measure["id"] for measure in said["measures"]} == set(known().measures)
    assert [definition["id"] for definition in said["definitions"]] == ["seed", "ips-grow", "primary-care"]


async def test_a_measure_is_told_in_full() -> None:
    said: Any = (await ask("/api/measures/returned-13")).json()
    assert said["words"] == (
        "Cases recorded as `returned_to_work` 13 weeks after the end, of those absent from work at entry; "
        "unknown counts as no."
    )
    assert said["numerator"] == "cases recorded as `returned_to_work` 13 weeks after the end"
    assert said["denominator"] == "cases absent from work at entry that have ended and whose window has closed"
    assert (said["unit"], said["checkpoint_weeks"], said["polarity"], said["version"]) == ("case", 13, "higher", "1")
    assert said["window"] == "from 11 to 17 weeks after the end of the programme, else of the case"
    assert "workwell" in said["schemes"]
    assert "fit-notes" not in said["schemes"]


async def test_a_measure_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    said = await ask("/api/measures/happiness")
    assert (said.status_code, said.headers["content-type"]) == (404, "application/problem+json")
    assert "completer-success" in said.json()["detail"]
