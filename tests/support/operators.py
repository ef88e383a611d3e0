"""The operators' board in this very process, as an operator's browser without script meets it."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import FastAPI
from pymongo import AsyncMongoClient

from ops.board.app import build
from ops.board.here import Here
from ops.board.settings import BoardSettings
from ops.staffing import StaffRegistry
from ops.standing.asking import Installation


class _Words(HTMLParser):
    """What a page says, without its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def words(answer: httpx.Response) -> str:
    """The text of a page, on one line."""
    parser = _Words()
    parser.feed(answer.text)
    return " ".join(" ".join(parser.said).split())


def hidden(answer: httpx.Response, name: str, number: int = 0) -> str:
    """What a hidden field of a page says; of those of one name the first unless another is meant."""
    return re.findall(rf'name="{name}" value="([^"]*)"', answer.text)[number]


@dataclass
class Board:
    """One operator's way in. `post` follows where the form leads."""

    http: httpx.AsyncClient
    app: FastAPI

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/board{path}", headers=headers)

    async def sent(self, path: str, **fields: str) -> httpx.Response:
        """The answer to a form itself."""
        return await self.http.post(f"/board{path}", data=fields, headers={"sec-fetch-site": "same-origin"})

    async def post(self, path: str, **fields: str) -> httpx.Response:
        answer = await self.sent(path, **fields)
        return await self.http.get(answer.headers["location"]) if answer.status_code == 303 else answer


def board(settings: dict[str, Any], client: AsyncMongoClient[dict[str, Any]], name: str = "j-smith") -> Board:
    """A board on these databases, with this operator registered unless nobody has to sign in. Close its `http`."""
    said = BoardSettings(**settings)
    token = "" if said.live_without_sign_in else StaffRegistry(said).add(name, operator=True)
    app = build(Here(Installation("test", {}, said), said, client))
    transport = httpx.ASGITransport(app=app)
    headers = {"authorization": f"Bearer {token}", "accept": "text/html"}
    return Board(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers), app)
