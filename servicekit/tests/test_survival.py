import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from servicekit.survival import SurvivingRecords


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
