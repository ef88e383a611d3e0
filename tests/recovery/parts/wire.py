"""As much of the two wire protocols as it takes to lose the answer to one kind of request."""

from typing import Final, Protocol

import bson

HEAD_BYTES: Final = 4  # both begin with the length of what follows
_OP_MSG: Final = 2013
_FIRST_DOCUMENT: Final = 21  # after header (16), flags (4) and the kind of the section (1)
_KINDS: Final = {0: "Produce", 1: "Fetch", 3: "Metadata", 8: "OffsetCommit", 11: "JoinGroup", 12: "Heartbeat"}


class Wire(Protocol):
    """How one protocol frames and names what is said in it."""

    def size(self, head: bytes) -> int:
        """The bytes of the whole frame that begins so."""

    def request(self, frame: bytes) -> tuple[int, str]:
        """The number of a request and what it asks for, "" if nobody needs to know."""

    def answers(self, frame: bytes) -> int:
        """The number of the request that this frame answers."""

    def is_done(self, kind: str, frame: bytes) -> bool:
        """Whether this answer to a request of this kind says that it was executed."""


class MongoWire:
    """MongoDB: the kind is the command's name, `insert` or `commitTransaction`."""

    def size(self, head: bytes) -> int:
        """The length counts itself."""
        return int.from_bytes(head, "little")

    def request(self, frame: bytes) -> tuple[int, str]:
        """The first name of the first document is the command."""
        number = int.from_bytes(frame[4:8], "little")
        if int.from_bytes(frame[12:16], "little") != _OP_MSG:
            return number, ""  # the first word of each connection, in an older form
        name = frame.index(0, _FIRST_DOCUMENT + 5)
        return number, frame[_FIRST_DOCUMENT + 5 : name].decode()

    def answers(self, frame: bytes) -> int:
        """The header's third number."""
        return int.from_bytes(frame[8:12], "little")

    def is_done(self, kind: str, frame: bytes) -> bool:
        """An answer in full, without an error of a single write."""
        answer = bson.decode(frame[_FIRST_DOCUMENT:])
        return answer["ok"] == 1 and "writeErrors" not in answer


class KafkaWire:
    """Kafka: the kind is the request's name, `Produce` or `JoinGroup`."""

    def size(self, head: bytes) -> int:
        """The length does not count itself."""
        return int.from_bytes(head, "big") + HEAD_BYTES

    def request(self, frame: bytes) -> tuple[int, str]:
        """Key and correlation id stand in the header of every request."""
        return int.from_bytes(frame[8:12], "big"), _KINDS.get(int.from_bytes(frame[4:6], "big"), "")

    def answers(self, frame: bytes) -> int:
        """Every answer begins with the correlation id."""
        return int.from_bytes(frame[4:8], "big")

    def is_done(self, kind: str, frame: bytes) -> bool:
        """Of a produce request the error code of its first partition, as it stands in the versions aiokafka speaks."""
        if kind != "Produce":
            return True
        topic_bytes = int.from_bytes(frame[12:14], "big")
        code = 14 + topic_bytes + 4 + 4  # how many partitions, then the number of the first
        return frame[code : code + 2] == b"\0\0"
