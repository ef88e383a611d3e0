import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from servicekit.survival import SurvivingRecords


def compressed(*values: bytes, codec: int = 1) -> bytes:
    """A gzip batch; `codec` is what it then says it is packed with."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=1, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0,
        batch_size=2**30,
    )  # fmt: skip
    for offset, value in enumerate(values):
        builder.append(offset, timestamp=1, key=b"k", value=value, headers=[])
    batch = bytearray(builder.build())
    batch[22] = codec  # the lower byte of the attributes
    return bytes(batch)


def fetched(header_name: bytes) -> bytes:
    """Three records as a broker sends them; the second has a header of that name (two bytes)."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=0,
        batch_size=9999,
    )
    for offset, headers in enumerate(([], [("zz", b"1")], [])):
        builder.append(offset, timestamp=1, key=b"k", value=b"v%d" % offset, headers=headers)
    return bytes(builder.build()).replace(b"\x04zz", b"\x04" + header_name)


def test_a_header_name_that_is_not_utf8_does_kill_the_library_alone() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(DefaultRecordBatch(fetched(b"\xff\xfe")))


@pytest.mark.parametrize(("name", "read_as"), [(b"\xff\xfe", "\\xff\\xfe"), (b"ok", "ok")])
def test_every_record_of_the_batch_is_read_whatever_its_header_names(name: bytes, read_as: str) -> None:
    records = SurvivingRecords(fetched(name))
    assert records.has_next()
    batch = list(records.next_batch())
    assert [record.value for record in batch] == [b"v0", b"v1", b"v2"]
    assert list(batch[1].headers) == [(read_as, b"1")]
    assert not records.has_next()


def test_a_compressed_batch_of_ordinary_size_is_read() -> None:
    [first, second] = SurvivingRecords(compressed(b"one", b"two")).next_batch()
    assert (first.value, second.value) == (b"one", b"two")


@pytest.mark.parametrize(
    ("batch", "why"),
    [
        (compressed(b"one", bytes(17 * 2**20)), "more than 16777216 bytes"),
        (compressed(b"one", b"two", codec=4), "a codec that is not read here"),
        (compressed(b"one", b"two")[:-20] + bytes(20), "not gzip, though it says so"),
    ],
    ids=["too large", "another codec", "no gzip"],  # the bytes hold the time of day
)
def test_what_cannot_be_unpacked_within_bounds_has_stand_ins_at_its_places(batch: bytes, why: str) -> None:
    stand_ins = list(SurvivingRecords(batch).next_batch())
    assert [record.offset for record in stand_ins] == [0, 1]
    assert {len(record.value) for record in stand_ins} == {262_145}
    assert stand_ins[0].headers == [("footing_not_unpacked", f"{why}; a batch of 2 from 0 on".encode())]


def test_a_batch_of_many_records_that_cannot_be_unpacked_has_one_stand_in() -> None:
    [stand_in] = SurvivingRecords(compressed(*[b"x"] * 60, codec=3)).next_batch()
    assert (stand_in.offset, stand_in.key) == (0, None)
    assert stand_in.headers == [("footing_not_unpacked", b"a codec that is not read here; a batch of 60 from 0 on")]
