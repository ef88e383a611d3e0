"""Receivers of notifications on loopback: a small HTTP server and a small SMTP server, real sockets both."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    headers: dict[str, str]
    body: bytes


class _Server:
    port = 0

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.talk(reader, writer)
        writer.close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""
        raise NotImplementedError


class WebhookReceiver(_Server):
    """Keeps every request. Answers each with the next of `answers`, the last one for ever; silent: never."""

    def __init__(self, answers: Sequence[int] = (204,), *, silent: bool = False) -> None:
        self.requests: list[Request] = []
        self.answers = list(answers)
        self.silent = silent

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests and answer them."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append(Request(headers, body))
            if self.silent:
                await asyncio.Event().wait()
            code = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            length = "" if code == 204 else "content-length: 0\r\n"
            location = "location: /elsewhere\r\n" if code == 302 else ""
            writer.write(f"HTTP/1.1 {code} Answer\r\n{length}{location}\r\n".encode())
            await writer.drain()


class MailReceiver(_Server):
    """Keeps every mail; `refuses`: answers every recipient with this code."""

    def __init__(self, refuses: int | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = refuses

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much SMTP as a client needs to hand over a mail."""
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if word == "DATA":
                writer.write(b"354 go on\r\n")
                raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                mail = message_from_bytes(raw, policy=policy.default)
                assert isinstance(mail, EmailMessage)
                self.mails.append(mail)
            refused = word == "RCPT" and self.refuses is not None
            writer.write(f"{self.refuses} no such mailbox\r\n".encode() if refused else b"250 ok\r\n")
            await writer.drain()
            if word == "QUIT":
                return
