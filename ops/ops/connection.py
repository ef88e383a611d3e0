"""Where Kafka, MongoDB and the door are, for commands that act on what is running."""

import os
from typing import Any, Final

from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from ops import localstack
from ops.errors import Missing
from servicekit.settings import ServiceSettings

_REFUSED: Final = (13, 18)  # may not do this; is not who it says
_ANSWER_MS: Final = 4_700  # the driver tries again each half second; to give up just then would cut a try short
_KAFKA_ANSWER_MS: Final = 10_000  # an operator waits no longer for one answer


class OperatorsSettings(ServiceSettings):
    """The settings of a command, which somebody waits for."""

    def kafka_connection(self) -> dict[str, Any]:
        """As a service has it, with less patience."""
        return super().kafka_connection() | {"request_timeout_ms": _KAFKA_ANSWER_MS}


def settings_for(stack: str) -> ServiceSettings:
    """The same, once MongoDB has answered: nothing is begun where it is away. Raises `Missing`."""
    settings = settings_given(stack)
    connection = settings.mongo_connection() | {"timeoutMS": _ANSWER_MS}
    try:
        with MongoClient[dict[str, Any]](**connection) as client:
            client.admin.command("listDatabases", nameOnly=True)  # a ping would be answered whoever asks
    except (PyMongoError, ValueError) as away:  # the driver has no error of its own for some addresses
        raise no_answer(away) from None
    return settings


def settings_given(stack: str) -> ServiceSettings:
    """Settings from the environment, else of the stack of this name. Raises `Missing`."""
    kafka_url, mongo_url = os.environ.get("KAFKA_URL"), os.environ.get("MONGO_URL")
    if not kafka_url or not mongo_url:
        found = localstack.find(stack)
        if found is None:
            hint = f"Set KAFKA_URL and MONGO_URL, or start it with: footing up --name {stack}"
            raise Missing(f"Neither are KAFKA_URL and MONGO_URL set nor is stack {stack} up.", hint)
        kafka_url, mongo_url = found.kafka_url, found.mongo_url
    return _settings(kafka_url, mongo_url)


def _settings(kafka_url: str, mongo_url: str) -> ServiceSettings:
    """The settings, of which every value and every file has been read once."""
    try:
        settings = OperatorsSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0)
        settings.kafka_connection(), settings.mongo_connection()
        collect_hosts(kafka_url)
    except ValidationError as error:
        names = ", ".join(sorted({str(each["loc"][0]).upper() for each in error.errors()}))
        raise Missing(f"The environment says what cannot be: {names}.", "Set it right, or leave it out.") from None
    except ValueError:
        raise Missing("KAFKA_URL is not an address of Kafka.", "It reads HOST:PORT, or several with commas.") from None
    except OSError as error:
        raise Missing(f"A file of the settings cannot be read: {error.filename or 'one for TLS'} ({error.strerror}).",
                      "Look at KAFKA_*_FILE and MONGO_*_FILE.") from None  # fmt: skip
    return settings


def no_answer(error: Exception) -> Missing:
    """What to tell of an error of Kafka's client or MongoDB's driver."""
    if isinstance(error, OperationFailure) and error.code in _REFUSED:
        return Missing("MongoDB refuses this user.", "Look at MONGO_URL, MONGO_USERNAME and MONGO_PASSWORD_FILE.")
    if isinstance(error, (ConfigurationError, ValueError)):  # its text may hold the password
        return Missing(
            "MONGO_URL is not an address of MongoDB.",
            "It reads mongodb://HOST:PORT/?replicaSet=NAME; look at MONGO_TLS_* too.",
        )
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
        return settings_given(stack).kafka_connection()
    return _settings(os.environ["KAFKA_URL"], "").kafka_connection()
