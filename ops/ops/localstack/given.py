"""Parts given from outside by `KAFKA_URL` and `MONGO_URL`: used, never ended."""

import os

from ops.errors import Missing
from ops.localstack import kafka, replica_set
from ops.localstack.starting import Starting
from ops.localstack.state import Part


def start(starting: Starting) -> None:
    """Check that both answer, and write down where they are."""
    kafka_url, mongo_url = os.environ["KAFKA_URL"], os.environ["MONGO_URL"]
    if not kafka.answers(kafka_url):
        raise Missing(f"No Kafka answers at {kafka_url}.", "Look at KAFKA_URL, or unset KAFKA_URL and MONGO_URL.")
    if not replica_set.answers(mongo_url):
        raise Missing(
            "No MongoDB that accepts writes answers at MONGO_URL.",
            "Look at MONGO_URL, or unset KAFKA_URL and MONGO_URL.",
        )
    starting.add(Part("mongod", "given", mongo_url))
    starting.add(Part("kafka", "given", kafka_url))
