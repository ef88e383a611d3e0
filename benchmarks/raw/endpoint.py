"""A bare endpoint: FastAPI and aiokafka, one request one record, acknowledged by all. Nothing is looked at or told."""

import asyncio
import socket

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request
from pydantic_settings import BaseSettings, SettingsConfigDict

from benchmarks.child import say
from benchmarks.raw.settings import tame_collector


class EndpointSettings(BaseSettings):
    """Where Kafka is, where to listen, which topic to write to."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    kafka_url: str
    http_port: int
    bench_topic: str


def endpoint(producer: AIOKafkaProducer, topic: str) -> FastAPI:
    """What a framework's front page would show, with the attributes of the event as headers."""
    app = FastAPI()

    @app.post("/events", status_code=202)
    async def publish(request: Request) -> dict[str, str]:
        headers = [(f"ce_{name[3:]}", text.encode()) for name, text in request.headers.items() if name[:3] == "ce-"]
        key = request.headers["ce-subject"].encode()
        await producer.send_and_wait(topic, await request.body(), key=key, headers=headers)
        return {"fate": "received"}

    return app


async def main() -> None:
    """Serve until told to stop."""
    settings = EndpointSettings()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_url, acks="all")
    await producer.start()
    app = endpoint(producer, settings.bench_topic)
    listening = socket.create_server(("127.0.0.1", settings.http_port), backlog=2048)
    # asyncio does it for sockets that it opens; an answer would wait 40 ms for an acknowledgement otherwise
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    tame_collector()
    say("took_over")
    config = uvicorn.Config(app, http="h11", log_config=None, access_log=False, lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listening])
    await producer.stop()


if __name__ == "__main__":
    asyncio.run(main())
