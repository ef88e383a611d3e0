"""Lets a consumer survive what would block its partition for ever, or take its memory.

A header *name* that is not UTF-8: aiokafka decodes header names while it unpacks a batch; such a one raises in the
middle of a fetch, again and again. Here such a batch, and only such a batch, is unpacked a second time by aiokafka's
own Python code over a buffer that writes the bad bytes as `\\xff`. Names we never look at stay harmless; names we do
look at (`ce_...`) no longer match and are refused as missing.

A compressed batch: our topics are stored uncompressed, so none is ever fetched. But where somebody alters a topic
(`compression.type=producer`) 1 MiB can unpack to hundreds, or bear a codec that is not installed here. A batch that
cannot be unpacked within bounds is not: in the place of its records come stand-ins, which are too large to be taken
and whose header says why, so that they are parked under their places.

Bound to aiokafka 0.14.0, which is pinned; a test with real records fails when its inside changes.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from contracts.topics import LARGEST_VALUE_BYTES

_MOST_UNPACKED_BYTES: Final = 16 * 1024 * 1024  # of one batch
_MOST_UNPACKED_RECORDS: Final = 150_000  # as many as an uncompressed batch of 1 MiB can hold
_MOST_STAND_INS: Final = 50  # a batch of more records has one, for all of them
_WITH_GZIP_HEADER: Final = 31
_TOO_LARGE: Final = bytes(LARGEST_VALUE_BYTES + 1)

log = structlog.get_logger()


def survive_bad_batches() -> None:
    """From now on consumers of this process unpack what they fetch with `SurvivingRecords`."""
    fetcher.MemoryRecords = SurvivingRecords


class SurvivingRecords(_MemoryRecordsPy):  # type: ignore[misc]  # final for type checkers only
    """The batches of one fetch, each able to survive its header names."""

    def next_batch(self, *bounds: Any) -> Any:
        """The next batch, as aiokafka's fetcher wants it."""
        batch_bytes = self._next_slice
        batch = super().next_batch(*bounds)
        return _Batch(batch, bytes(batch_bytes)) if isinstance(batch, DefaultRecordBatch) else batch


class _Batch:
    """One batch: the quick way, and on a bad header name the slow one."""

    def __init__(self, quick: Any, batch_bytes: bytes) -> None:
        self._quick, self._bytes = quick, batch_bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._quick, name)

    def __next__(self) -> Any:
        return next(self._quick)

    def __iter__(self) -> Iterator[Any]:
        if self._quick.compression_type and (why := self._cannot_unpack()):
            log.error("batch_not_unpacked", first_offset=self._quick.base_offset, because=why)
            return iter(self._stand_ins(why))
        try:
            return iter(list(self._quick))
        except UnicodeDecodeError:
            slow = _DefaultRecordBatchPy(self._bytes)
            slow._maybe_uncompress()
            slow._buffer = _LenientBytes(slow._buffer)
            return iter(list(slow))

    def _cannot_unpack(self) -> str | None:
        """Why a compressed batch is left as it is; found out without holding more than the bound."""
        if self._quick.compression_type != DefaultRecordBatch.CODEC_GZIP:
            return "a codec that is not read here"
        if self._records > _MOST_UNPACKED_RECORDS:
            return f"more than {_MOST_UNPACKED_RECORDS} records"
        packed = memoryview(self._bytes)[_DefaultRecordBatchPy.HEADER_STRUCT.size :]
        try:
            unpacked = zlib.decompressobj(_WITH_GZIP_HEADER).decompress(packed, _MOST_UNPACKED_BYTES + 1)
        except zlib.error:
            return "not gzip, though it says so"
        return f"more than {_MOST_UNPACKED_BYTES} bytes" if len(unpacked) > _MOST_UNPACKED_BYTES else None

    def _stand_ins(self, why: str) -> list["_StandIn"]:
        first = self._quick.base_offset
        offsets = range(first, first + self._records) if self._records <= _MOST_STAND_INS else (first,)
        headers = [("footing_not_unpacked", f"{why}; a batch of {self._records} from {first} on".encode())]
        return [_StandIn(offset, self._quick.max_timestamp, headers) for offset in offsets]

    @property
    def _records(self) -> int:
        return int(self._quick.next_offset - self._quick.base_offset)


@dataclass(frozen=True, slots=True)
class _StandIn:
    """A record in the place of one that was not unpacked."""

    offset: int
    timestamp: int
    headers: list[tuple[str, bytes]]
    timestamp_type: int = 0
    key: None = None
    value: bytes = _TOO_LARGE
    checksum: None = None


class _LenientBytes(bytearray):
    """Bytes whose slices decode whatever they hold."""

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return _LenientBytes(item) if isinstance(index, slice) else item

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
