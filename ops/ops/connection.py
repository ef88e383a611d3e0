"""Where Kafka and MongoDB are, for commands that act on what is running."""

import os

from ops import localstack
from ops.errors import Missing
from servicekit.settings import ServiceSettings


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
