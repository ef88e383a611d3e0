"""What the door adds to the fate of an event, where the read models are not to be asked."""

import asyncio

from door_service.counted import NOT_ACCEPTED, NOT_KNOWN_NOW, Outcomes, which

SESSION = {
    "event_id": "0190a0b0-0000-7000-8000-000000000125",
    "type": "footing.session-held.v1",
    "fate": "accepted",
    "place": "inbox.acme.session-held/1/42",
    "referral_id": "0190a0b0-0000-7000-8000-000000000001",
}
NOBODY = "http://127.0.0.1:9"  # the port of discard: no service listens there


async def test_without_an_answer_of_the_read_models_the_fate_is_told_alone() -> None:
    outcomes = Outcomes(NOBODY)
    told = await outcomes.added_to(SESSION, "acme")
    await outcomes.close()
    assert told == {**SESSION, "projected": None, "counted_in": [], "not_counted": NOT_KNOWN_NOW}


async def test_the_read_models_are_shown_the_secret_that_they_ask_for() -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"counted_in":[]}')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcomes = Outcomes(f"http://127.0.0.1:{port}", "made-up-secret")
        assert await outcomes.added_to(SESSION, "acme") == {**SESSION, "counted_in": []}
        await outcomes.close()
    assert b"Authorization: Bearer made-up-secret\r\n" in heads[0]


async def test_what_is_not_accepted_is_not_asked_about() -> None:
    told = await Outcomes(NOBODY).added_to({**SESSION, "fate": "waiting"}, "acme")
    assert told["not_counted"] == NOT_ACCEPTED


def test_an_event_is_asked_about_by_what_its_receipt_says_of_it() -> None:
    void = {**SESSION, "type": "footing.entry-withdrawn.v1", "place": "inbox.acme.permissions/0/7"}
    assert which(void, "acme") == {
        "partner": "acme",
        "type": "entry-withdrawn",
        "id": SESSION["event_id"],
        "subject": SESSION["referral_id"],
        "topic": "permissions",
    }
