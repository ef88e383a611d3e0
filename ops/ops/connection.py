"""Where Kafka, MongoDB and the door are, for commands that act on what is running."""

import os
from typing import Any, Final

from aiokafka.errors import KafkaError
from pymongo.errors import OperationFailure

from ops import localstack
from ops.errors import Missing
from servicekit.settings import ServiceSettings

_REFUSED: Final = (13, 18)  # may not do this; is not who it says


def settings_for(stack: str) -> ServiceSettings:
    """Settings from the environment, else of the stack of this name. Raises `Missing`."""
    kafka_url, mongo_url = os.environ.get("KAFKA_URL"), os.environ.get("MONGO_URL")
    if not kafka_url or not mongo_url:
        found = localstack.find(stack)
        if found is None:
            hint = f"Set KAFKA_URL and MONGO_URL, or start it with: footing up --name {stack}"
            raise Missing(f"Neither are KAFKA_URL and MONGO_URL set nor is stack {stack} up.", hint)
        kafka_url, mongo_url = found.kafka_url, found.mongo_url
    return ServiceSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0)


def no_answer(error: Exception) -> Missing:
    """What to tell of an error of Kafka's client or MongoDB's driver."""
    if isinstance(error, OperationFailure) and error.code in _REFUSED:
        return Missing("MongoDB refuses this user.", "Look at MONGO_URL, MONGO_USERNAME and MONGO_PASSWORD_FILE.")
    part = "Kafka" if isinstance(error, KafkaError) else "MongoDB"
    return Missing(f"{part} does not answer as it must ({type(error).__name__}).", "See: footing status")


def door_url(stack: str) -> str:
    """The door's address from the environment, else of the stack of this name. Raises `Missing`."""
    found = localstack.find(stack)
    url = os.environ.get("DOOR_URL") or (found.known.urls.get("DOOR_URL") if found else None)
    if url is None:
        raise Missing(f"Neither is DOOR_URL set nor does stack {stack} have a door.", "Set DOOR_URL.")
    return url


def kafka_connection(stack: str) -> dict[str, Any]:
    """Keyword arguments for any aiokafka client of who needs Kafka alone, as a partner does. Raises `Missing`."""
    if not os.environ.get("KAFKA_URL"):
        return settings_for(stack).kafka_connection()
    return ServiceSettings(kafka_url=os.environ["KAFKA_URL"], mongo_url="", http_port=0).kafka_connection()
