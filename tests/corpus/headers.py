"""Layer: the headers of a Kafka record, CloudEvents binary mode. Hand-made."""

from collections.abc import Callable
from typing import Final

from contracts.envelope import Record
from corpus.case import UNSAID, Case, Spoil, data, first, fresh, header, headers_too, key
from corpus.good import new_id, with_headers

_A_UUID: Final = "a UUID in canonical lower case"
_A_TIME: Final = "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z"
_VISIBLE: Final = "1-512 visible ASCII characters without spaces"
OTHER: Final = new_id()
_ON_THE_TOPIC: Final = "one of footing.session-held.v1, footing.entry-withdrawn.v1"


def _spelt(name: str, said: str) -> Spoil:
    return header(f"ce_{name}", said.encode())


def _renamed(change: Callable[[str], str]) -> Spoil:
    """Every header under a name that is changed."""
    return lambda record: with_headers(record, [(change(name), said) for name, said in record.headers])


def _same_time(said: str) -> Spoil:
    """The time is said so; the payload says what it said."""
    return header("ce_time", said.encode())


def _for_fit_notes(subject: str) -> Spoil:
    return first(header("ce_subject", subject.encode()), key(subject.encode()))


def _wrong(name: str, expected: str, *said: str) -> tuple[Case, ...]:
    """An attribute that has the wrong form in each of these ways."""
    return tuple(
        Case(f"{name}: {_shown(each)}", _spelt(name, each), "attribute_invalid", name, expected) for each in said
    )


def _shown(said: str) -> str:
    return ascii(said) if len(said) < 60 else f"{said[:20]!a}... of {len(said)}"


def _no_headers(record: Record) -> Record:
    return with_headers(record, ())


MISSING: Final = (
    Case("no specversion", header("ce_specversion", None), "attribute_missing", "specversion", "1.0"),
    Case("no type", header("ce_type", None), "attribute_missing", "type", "a type of the contract"),
    Case("no source", header("ce_source", None), "attribute_missing", "source"),
    Case("no subject", header("ce_subject", None), "attribute_missing", "subject"),
    Case("no time", header("ce_time", None), "attribute_missing", "time", _A_TIME),
    Case("an empty time", header("ce_time", b""), "attribute_missing", "time", _A_TIME),
    Case("no content type", header("content-type", None), "accepted", at_door=("content_type_unknown", "content-type")),
    Case("no id", header("ce_id", None), "attribute_missing", "id", _A_UUID, parked=True),
    Case("an empty id", header("ce_id", b""), "attribute_missing", "id", _A_UUID, parked=True),
    Case("an id without a value", first(header("ce_id", None), headers_too(("ce_id", None))), "attribute_missing", "id",
         parked=True),
    Case("no headers", _no_headers, "attribute_missing", "specversion", "1.0", parked=True,
         at_door=("content_type_unknown", "content-type")),
    Case("headers as HTTP writes them", _renamed(lambda name: name.replace("ce_", "ce-")), "attribute_missing",
         "specversion", parked=True, at_door=("accepted", None)),
)  # fmt: skip

IDS: Final = (
    Case("an id in capitals", fresh(lambda said: f"A{said[1:].upper()}", "id"), "attribute_invalid", "id", _A_UUID,
         parked=True),
    Case("an id in braces", fresh(lambda said: f"{{{said}}}", "id"), "attribute_invalid", "id", _A_UUID, parked=True),
    Case("an id as a URN", fresh(lambda said: f"urn:uuid:{said}", "id"), "attribute_invalid", "id", parked=True),
    Case("an id without dashes", fresh(lambda said: said.replace("-", ""), "id"), "attribute_invalid", "id",
         parked=True),
    Case("an id and a space", fresh(lambda said: f"{said} ", "id"), "attribute_invalid", "id", parked=True),
    Case("an id and a new line", fresh(lambda said: f"{said}\n", "id"), "attribute_invalid", "id", parked=True),
    Case("an id and NUL", fresh(lambda said: f"{said}\x00", "id"), "attribute_invalid", "id", parked=True),
    Case("an id that is a number", header("ce_id", b"1"), "attribute_invalid", "id", _A_UUID, parked=True),
    Case("an id that queries", header("ce_id", b'{"$ne": null}'), "attribute_invalid", "id", _A_UUID, parked=True),
    Case("an id of 100 KB", header("ce_id", b"a" * 100_000), "attribute_invalid", "id", _A_UUID, parked=True),
    Case("an id that is not UTF-8", header("ce_id", b"\xff\xfe"), "header_not_utf8", "id", "UTF-8", parked=True),
    Case("two ids", headers_too(("ce_id", new_id().encode())), "attribute_invalid", "id", "one value", parked=True),
    Case("two ids, of which one is no UTF-8", headers_too(("ce_id", b"\xff")), "header_not_utf8", "id", "UTF-8",
         parked=True),
    Case("an id of another version", fresh(lambda said: f"{said[:14]}1{said[15:]}", "id"), "accepted"),
)  # fmt: skip

SOURCES: Final = (
    Case("another partner's source", _spelt("source", "urn:footing:partner:other"), "source_not_yours", "source",
         "the partner of the inbox or credential"),
    Case("our own source", _spelt("source", "urn:footing:partner:footing"), "source_not_yours", "source"),
    Case("a system of its own", _spelt("source", "urn:footing:partner:corpus:ward_3.b-1"), "accepted"),
    *_wrong("source", "urn:footing:partner:<partner>[:<system>]", "https://corpus.example", "corpus",
            "urn:footing:partner:", "urn:footing:partner:corpus:", "urn:footing:partner:Corpus",
            "URN:FOOTING:PARTNER:CORPUS",
            "urn:footing:partner:corpus ", "urn:footing:partner:corpus\n", "urn:footing:partner:corpus:a:b",
            "urn:footing:partner:corpus:a b", f"urn:footing:partner:corpus:{'s' * 65}", "urn:footing:partner:$where"),
)  # fmt: skip

TYPES: Final = (
    Case("an unknown type", _spelt("type", "footing.session-dreamt.v1"), "type_unknown", "type", _ON_THE_TOPIC),
    Case("an unknown version", _spelt("type", "footing.session-held.v2"), "type_unknown", "type", _ON_THE_TOPIC),
    Case("a type in capitals", _spelt("type", "footing.Session-Held.v1"), "type_unknown", "type", _ON_THE_TOPIC),
    Case("a type and a space", _spelt("type", "footing.session-held.v1 "), "type_unknown", "type", _ON_THE_TOPIC),
    Case("a type of another topic", _spelt("type", "footing.referral-made.v1"), "wrong_topic", "type",
         _ON_THE_TOPIC, at_door=("field_missing", "data.scheme_id")),
    Case("a type that only we say", _spelt("type", "footing.erasure-requested.v1"), "wrong_topic", "type",
         _ON_THE_TOPIC, at_door=("event_not_yours", "type")),
)  # fmt: skip

SUBJECTS: Final = (
    Case("another subject", _spelt("subject", new_id()), "key_differs", "key", "the subject",
         at_door=("key_differs", "subject")),
    Case("another subject and key", first(_spelt("subject", OTHER), key(OTHER.encode())),
         "key_differs", "subject", "the id that the payload names"),
    Case("another partition key", _spelt("partitionkey", new_id()), "key_differs", "partitionkey", "the subject"),
    Case("an empty partition key", _spelt("partitionkey", ""), "key_differs", "partitionkey", "the subject"),
    Case("a practice for a session", _for_fit_notes("ods:F83023"), "key_differs", "subject"),
    Case("a referral for fit notes", _for_fit_notes(new_id()), "key_differs", "subject", of="fit-notes-counted"),
    Case("another practice", _for_fit_notes("ods:F83024"), "key_differs", "subject", of="fit-notes-counted"),
    *_wrong("subject", "the referral id, or ods:<practice code> for fit notes", "1", "ods:", "ods:f83023", "$where",
            "ods:F83023\n", UNSAID, "s" * 100_000),
)  # fmt: skip

TIMES: Final = (
    *_wrong("time", _A_TIME, "last Tuesday", "1700000000", "1700000000000", "1741600800.5", "2025-03-10",
            "2025-03-10T10:00:00", "2025-03-10 10:00:00Z", "2025-03-10t10:00:00z", "2016-12-31T23:59:60Z",
            "2025-03-10T24:00:00Z", "2025-03-10T10:60:00Z", "2025-02-29T10:00:00Z", "2025-13-01T10:00:00Z",
            "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00",
            "2025-03-10T10:00:00+24:00", "2025-03-10T10:00:00.Z", "2025-03-10T10:00:00.1234567890Z",
            "2025-03-10T10:00:00Z\n", " 2025-03-10T10:00:00Z", "\uff12\uff10\uff12\uff15-03-10T10:00:00Z",
            "-2025-03-10T10:00:00Z",
            "2025-03-10T10:00:00Z" * 5_000),
    Case("a time before 2000", _same_time("1999-12-31T10:00:00Z"), "time_too_early", "time", "2000-01-01 or later"),
    Case("the year 1", _same_time("0001-01-01T00:00:00Z"), "time_too_early", "time", "2000-01-01 or later"),
    Case("another time than inside", _same_time("2025-03-10T10:30:00Z"), "time_differs", "time"),
    Case("the same time in another offset", _same_time("2025-03-10T15:45:00.000+05:45"), "accepted"),
    Case("a record time in words", _spelt("recordedtime", "yesterday"), "attribute_invalid", "recordedtime", _A_TIME),
    Case("a record time before 2000", _spelt("recordedtime", "1999-01-01T00:00:00Z"), "accepted"),
    Case("a time of acceptance, which is ours to say", _spelt("acceptedtime", "made up"), "accepted"),
    Case("a sequence, which is ours to say", _spelt("sequence", "-1"), "accepted"),
)  # fmt: skip

CARRIED: Final = (
    Case("not UTF-8", header("ce_causationid", b"\xff\xfe"), "header_not_utf8", "causationid", "UTF-8"),
    Case("a foreign header that is not UTF-8", header("x-own", b"\xff\xfe"), "accepted"),
    Case("a foreign attribute", _spelt("comexampleextra", "a note about nobody"), "accepted"),
    Case("a header without a name", headers_too(("", b"nothing")), "accepted"),
    Case("a header without a value", headers_too(("ce_causationid", None)), "accepted"),
    Case("2,000 foreign headers", headers_too(*((f"x-{n}", b"x") for n in range(2_000))), "accepted"),
    Case("a foreign header of 300 KB", header("x-own", b"x" * 300_000), "accepted"),
    Case("512 characters", _spelt("correlationid", "c" * 512), "accepted"),
    Case("the same twice", headers_too(("ce_correlationid", b"c"), ("CE_CORRELATIONID", b"c")), "accepted"),
    Case("two that differ", headers_too(("ce_correlationid", b"c"), ("ce_correlationid", b"d")), "attribute_invalid",
         "correlationid", "one value"),
    Case("names in capitals", _renamed(str.upper), "accepted"),
    *_wrong("traceparent", _VISIBLE, "a name", "c" * 513, "", "naïve", "tab\there", "nul\x00", "line\n"),
    *_wrong("dataschema", _VISIBLE, "urn: with a space"),
)  # fmt: skip

CONTENT_TYPES: Final = (
    Case("our character set", header("content-type", b"application/json; charset=UTF-8"), "accepted"),
    Case("our character set in quotes", header("content-type", b'Application/JSON;Charset="utf-8"'), "accepted"),
    Case("semicolons", header("content-type", b"application/json;;;"), "accepted"),
    *(Case(f"content type {said!r}", header("content-type", said), "content_type_unknown", "content-type",
           "application/json or application/cloudevents+json, in UTF-8")
      for said in (b"application/xml", b"text/plain", b"", b"application/json, application/json", b"*/*",
                   b"application/json; charset=latin1", b"application/cloudevents+json; charset=utf-16",
                   b"application/jsonx", b"application/cloudevents+avro")),
    Case("a batch", header("content-type", b"application/cloudevents-batch+json"), "content_type_unknown",
         "content-type", at_door=("batch_invalid", "value")),
    Case("a content type that is not UTF-8", header("content-type", b"\xff"), "header_not_utf8", "content-type",
         at_door=("content_type_unknown", "content-type")),
    Case("binary, said to be structured", header("content-type", b"application/cloudevents+json"), "attribute_missing",
         "specversion", "1.0", parked=True),
    Case("data of another type", header("ce_datacontenttype", b"text/csv"), "content_type_unknown", "datacontenttype"),
    Case("data of our type", header("ce_datacontenttype", b"application/json"), "accepted"),
)  # fmt: skip

VERSIONS: Final = tuple(
    Case(f"specversion {said!r}", header("ce_specversion", said), "attribute_invalid", "specversion", "1.0")
    for said in (b"0.3", b"1", b"1.1", b"1.0 ", b"v1.0", b"2.0")
)

SEVERAL: Final = (
    Case("headers and payload wrong", first(header("ce_time", b"soon"), data(minutes=1)), "attribute_invalid", "time"),
)

HEADERS: Final = (
    *MISSING, *IDS, *SOURCES, *TYPES, *SUBJECTS, *TIMES, *CARRIED, *CONTENT_TYPES, *VERSIONS, *SEVERAL,
)  # fmt: skip
