"""Whoever asks the door for the contract as AsyncAPI gets all of it in one piece."""

import yaml
from support.asyncapi import contract, official
from support.door_without_parts import asking


async def test_the_door_gives_the_whole_contract_as_asyncapi() -> None:
    async with asking() as http:
        answer = await http.get("/asyncapi.yaml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/yaml")
    said = yaml.safe_load(answer.text)
    assert said == contract()
    assert official().is_valid(said)
