"""Lets a consumer survive a record whose header *name* is not UTF-8.

aiokafka decodes header names while it unpacks a batch; one that is not UTF-8 raises in the middle of a fetch, again
and again, and blocks its partition for ever. Here such a batch, and only such a batch, is unpacked a second time by
aiokafka's own Python code over a buffer that writes the bad bytes as `\\xff`. Names we never look at stay harmless;
names we do look at (`ce_...`) no longer match and are refused as missing.

Bound to aiokafka 0.14.0, which is pinned; a test with real records fails when its inside changes.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def survive_header_names() -> None:
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
        try:
            return iter(list(self._quick))
        except UnicodeDecodeError:
            slow = _DefaultRecordBatchPy(self._bytes)
            slow._maybe_uncompress()
            slow._buffer = _LenientBytes(slow._buffer)
            return iter(list(slow))


class _LenientBytes(bytearray):
    """Bytes whose slices decode whatever they hold."""

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return _LenientBytes(item) if isinstance(index, slice) else item

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
