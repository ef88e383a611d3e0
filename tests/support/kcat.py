#!/usr/bin/env python3
"""What stands in for kcat where it is not installed: the part that `docs/partners` uses, on librdkafka as kcat is.

Imitated: `-P` (a message a line of standard input), `-C -q -e` (from `-o beginning` to the end), `-b`, `-t`, `-k`,
`-H name=value`, `-f` with `%k`, `%s` and `\\n`. Not imitated: everything else, which is refused.
`tests/test_kcat.py` holds it against kcat itself where that is installed.
"""

import argparse
import sys
import uuid
from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition

PATIENCE_SECONDS = 20.0


def main() -> int:
    given = _arguments().parse_args()
    if given.P:
        return _produce(Producer({"bootstrap.servers": given.b, "log_level": 0}), given)
    for message in messages(given.b, given.t):
        key, value = ((part or b"").decode() for part in (message.key(), message.value()))
        sys.stdout.write(given.f.replace("\\n", "\n").replace("%k", key).replace("%s", value))
    return 0


def _arguments() -> argparse.ArgumentParser:
    known = argparse.ArgumentParser("kcat", allow_abbrev=False)
    mode = known.add_mutually_exclusive_group(required=True)
    mode.add_argument("-P", action="store_true")
    mode.add_argument("-C", action="store_true")
    for flag in ("-q", "-e"):
        known.add_argument(flag, action="store_true")
    for option in ("-b", "-t"):
        known.add_argument(option, required=True)
    known.add_argument("-k")
    known.add_argument("-H", action="append", default=[])
    known.add_argument("-o", choices=["beginning"])
    known.add_argument("-f", default="%s\\n")
    return known


def _produce(producer: Producer, given: argparse.Namespace) -> int:
    headers = [(name, value.encode()) for name, _, value in (header.partition("=") for header in given.H)]
    failed: list[str] = []
    for line in sys.stdin.read().splitlines():
        producer.produce(
            given.t, line, given.k, headers=headers, on_delivery=lambda error, _: error and failed.append("")
        )
    return 1 if producer.flush(PATIENCE_SECONDS) or failed else 0


def messages(kafka_url: str, topic: str) -> Iterator[Message]:
    """Everything on the topic, to its end now."""
    settings = {"bootstrap.servers": kafka_url, "group.id": str(uuid.uuid4()), "log_level": 0}
    consumer = Consumer({**settings, "enable.partition.eof": True, "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=PATIENCE_SECONDS).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    left = set(partitions)
    while left:
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None:
            break
        if message.error() is None:
            yield message
        else:  # the end of a partition
            left.discard(message.partition())
    consumer.close()


if __name__ == "__main__":
    sys.exit(main())
