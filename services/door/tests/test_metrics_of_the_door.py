"""What the door counts of its answers: by routes as they are declared, whatever somebody asks for."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.door_without_parts import asking, door

WORDS = ("zebediah", "9434765919")
ANSWERS = "footing_http_responses_total"


async def counted(http: httpx.AsyncClient) -> dict[tuple[str, str, str], float]:
    scraped = (await http.get("/metrics")).text
    return {
        (sample.labels["route"], sample.labels["method"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
        if sample.name == ANSWERS
    }


async def test_answers_are_counted_by_route_method_and_status() -> None:
    async with asking() as http:
        await http.get("/health/live")
        await http.get("/nowhere")
        await http.request("BREW", "/health/live")
        await http.post("/events", content=b"{}")
        told = await counted(http)
    assert told == {
        ("/health/live", "GET", "200"): 1,
        ("none", "GET", "404"): 1,
        ("/health/live", "other", "405"): 1,
        ("/events", "POST", "401"): 1,
    }


@pytest.mark.parametrize("word", WORDS)
async def test_nothing_that_is_asked_for_makes_a_label(word: str) -> None:
    async with asking() as http:
        for path in (f"/{word}", f"/events/{word}", f"/events?{word}={word}", f"/fhir/{word}", f"/metrics/{word}"):
            for method in ("GET", "POST", word):
                await http.request(method, path, headers={word: word, "authorization": word}, content=word)
        routes = {route for route, _, _ in await counted(http)}
        scraped = (await http.get("/metrics")).text
    assert word not in scraped
    assert routes <= {*door().openapi()["paths"], "/metrics", "none"}
