"""Layer: the value of a Kafka record, and so the body of a request in binary mode. Hand-made."""

from typing import Final

from contracts.envelope import Record
from corpus.case import UNSAID, Case, Spoil, also, as_it_is, data, first, header, literal, raw, structured, value
from corpus.good import attributes_of, data_of, new_id

_TOO_LARGE: Final = "at most 262144 bytes"
_A_UUID: Final = "a UUID in canonical lower case"
_A_TIME: Final = "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z"
_AN_OBJECT: Final = "a CloudEvent as a JSON object in UTF-8"


def _same_field(reason: str, field: str, *literals: bytes) -> tuple[Case, ...]:
    """A field of the payload written in each of these ways."""
    return tuple(Case(f"{field}: {_shown(said)}", literal(field, said), reason, f"data.{field}") for said in literals)


def _no_json(field: str, *literals: bytes) -> tuple[Case, ...]:
    return tuple(Case(f"{field}: {_shown(said)}", literal(field, said), "not_json", "value") for said in literals)


def _shown(said: bytes) -> str:
    text = said.decode(errors="backslashreplace")
    return text if len(text) < 40 else f"{text[:20]}... of {len(text)}"


def _spelt(field: str, spelling: str) -> Spoil:
    """A UUID of the payload as it is, in another spelling, in which `@` stands for it."""
    return lambda record: data(**{field: spelling.replace("@", data_of(record)[field])})(record)


def _sized(size: int) -> Spoil:
    """White space fills the value up to so many bytes."""
    return raw(lambda said: said[:-1] + b" " * (size - len(said)) + b"}")


def _at(said: str) -> Spoil:
    """The session is said to have started then, by payload and envelope."""
    return first(data(started_at=said), header("ce_time", said.encode()))


def _id_twice(record: Record) -> Record:
    other = f'{{"id": "{new_id()}", '.encode()
    return raw(lambda said: other + said[1:])(structured()(record))


def _without_dashes(record: Record) -> Record:
    return data(session_id=data_of(record)["session_id"].replace("-", ""))(record)


def _capitals(record: Record) -> Record:
    return structured(id=attributes_of(record)["id"].upper())(record)


NUMBERS: Final = (
    *_same_field("field_invalid", "minutes", b"-0", b"0", b"-1", b"4", b"481", b"18446744073709551616",
                 b"-9223372036854775809", b"9" * 100, b"45.0", b"45.5", b"4.5e1", b"1e2", b"1e400",
                 b"-1e400", b"1e-400", b'"45"', b'""', b"true", b"[45]", b'{"$gt": 1}', b"{}"),
    *_same_field("field_missing", "minutes", b"null"),
    Case("6,000 digits, of which Python reads 4,300", literal("minutes", b"9" * 6000), "not_json", "value"),
    *_no_json("minutes", b"NaN", b"Infinity", b"-Infinity", b"nan", b"045", b"+45", b"0x2D", b"4_5", b".5", b"45.",
              b"1e", b"--45", b"45 45", b"", b"undefined", b"None", b"True", "\uff14\uff15".encode()),
    *_same_field("field_invalid", "attendance", b'"5"', b"5.0", b"true", b"[5]"),
    *_same_field("code_unknown", "attendance", b"3", b"0", b"-5", b"99999999999999999999999"),
)  # fmt: skip

TEXTS: Final = (
    *_same_field("field_invalid", "mechanism", b"1", b"1.0", b"true", b'["01"]', b'{"$ne": null}',
                 b'{"$where": "sleep(5000)"}'),
    *_same_field("code_unknown", "mechanism", b'"1"', b'"01 "', b'""', b'"\\u0000"', b'"01\\u0000"',
                 b'"not_known_here"', '"\uff10\uff11"'.encode(), b'"77"'),
    *_same_field("code_unknown", "setting", b'"GP_PRACTICE"', b'"gp practice"', b'"$where"', b'"gp_practice\\n"'),
    *_same_field("field_invalid", "adviser_token", b'"short"', b'"with\\u0000nul-and-long-enough"', b'""', b"7", b"[]",
                 b'"fictional adviser with spaces"', '"fictional-adviser-of-é-corpus"'.encode(),
                 b'"fictional-adviser-of-the-corpus\\n"', b'"../../../../../../etc/passwd"',
                 b'"\\"; db.dropDatabase(); var a=\\""'),
    *_same_field("too_long", "adviser_token", b'"' + b"x" * 65 + b'"', b'"' + b"x" * 200_000 + b'"'),
    *_same_field("field_invalid", "site", b'"F"', b'"F83023;"', b'"F 83023"', b"83023"),
    Case("a site that is null", literal("site", b"null"), "accepted"),
    Case("escapes where none are needed", raw(lambda said: said.replace(b'"cv"', b'"\\u0063\\u0076"')), "accepted"),
    Case("a value that nobody may see", data(mechanism=UNSAID), "code_unknown", "data.mechanism",
         "one of 01, 02, 09, 10, 11, 98"),
)  # fmt: skip

NAMES: Final = (
    Case("an extra field", data(note=UNSAID), "field_unknown", "data.note", "no such field"),
    Case("a name that tells of somebody", data(**{f"{UNSAID} of 1970": 1}), "field_unknown", "data.?"),
    Case("$where", also(b'"$where": "1"'), "field_unknown", "data.?"),
    Case("a dotted name", also(b'"plan.aim": "seek"'), "field_unknown", "data.?"),
    Case("a name with NUL", also(b'"minutes\\u0000": 45'), "field_unknown", "data.?"),
    Case("an empty name", also(b'"": 45'), "field_unknown", "data.?"),
    Case("a name in capitals", also(b'"Minutes": 45'), "field_unknown", "data.?"),
    Case("_id", also(b'"_id": 45'), "field_unknown", "data._id"),
    Case("__proto__", also(b'"__proto__": {"admin": true}'), "field_unknown", "data.__proto__"),
    Case("a name of 100,000 characters", also(b'"' + b"n" * 100_000 + b'": 1'), "field_unknown", "data.?"),
    Case("$set within", data(plan={"agreed": True, "aim": "seek", "$set": {"x": 1}}), "field_unknown", "data.plan.?"),
    Case("$gt for an object", data(plan={"$gt": ""}), "field_missing", "data.plan.agreed", "this field"),
    Case("a name twice", also(b'"minutes": 45'), "field_repeated", "data.minutes"),
    Case("a name twice, once in escapes", also(b'"\\u006dinutes": 45'), "field_repeated", "data.minutes"),
    Case("a name twice, with space before the colon", also(b'"minutes"\t\r\n : 45'), "field_repeated", "data.minutes"),
    Case("a name twice with another value", also(b'"minutes": 50'), "field_repeated", "data.minutes"),
    Case("a name twice within", literal("plan", b'{"agreed": true, "aim": "seek", "aim": "return"}'), "field_repeated",
         "data.plan.aim"),
    Case("an optional name twice, first null", also(b'"site": null'), "field_repeated", "data.site"),
)  # fmt: skip

TIMES: Final = (
    *_same_field("field_invalid", "started_at", b"1700000000", b'"1700000000"', b"1700000000000", b'"2025-03-10"',
                 b'"2025-03-10 10:00:00Z"', b'"2025-03-10T10:00:00"', b'"2025-03-10t10:00:00z"',
                 b'"2016-12-31T23:59:60Z"', b'"10000-01-01T00:00:00Z"', b'"2025-02-29T10:00:00Z"',
                 b'"2025-03-10T24:00:00Z"', b'"2025-03-10T10:00:00+24:00"', b'"2025-03-10T10:00:00.1234567890Z"',
                 b'"2025-03-10T10:00Z"', b'"20250310T100000Z"', b'"2025-W11-1T10:00:00Z"', b'"last Tuesday"', b'""',
                 b'"2025-03-10T10:00:00Z\\n"', b"[]", b"true"),
    Case("the end of time, an hour west", literal("started_at", b'"9999-12-31T23:59:59-01:00"'), "field_invalid",
         "data.started_at", _A_TIME),
    Case("another time than the envelope's", data(started_at="2025-03-10T10:00:01Z"), "time_differs", "time",
         "equal to data.started_at"),
    Case("the year 9999", _at("9999-12-31T23:59:59Z"), "time_in_future", "time"),
    Case("the first moment of 2000", _at("2000-01-01T00:00:00Z"), "accepted"),
    Case("1999 there, 2000 here", _at("1999-12-31T23:30:00-01:00"), "accepted"),
    Case("2000 there, 1999 here", _at("2000-01-01T00:30:00+01:00"), "time_too_early", "time", "2000-01-01 or later"),
    Case("nine digits of a second", _at("2025-03-10T10:00:00.123456789Z"), "accepted"),
    Case("the same moment in another offset", data(started_at="2025-03-10T11:00:00+01:00"), "accepted"),
)  # fmt: skip

IDS: Final = (
    Case("a UUID in capitals", _spelt("session_id", "0190A0B0-0000-7000-8000-0000000000AB"), "field_invalid",
         "data.session_id", _A_UUID),
    Case("a UUID in braces", _spelt("session_id", "{@}"), "field_invalid", "data.session_id", _A_UUID),
    Case("a UUID as a URN", _spelt("session_id", "urn:uuid:@"), "field_invalid", "data.session_id", _A_UUID),
    Case("a UUID without dashes", _without_dashes, "field_invalid", "data.session_id", _A_UUID),
    Case("a UUID and a space", _spelt("session_id", "@ "), "field_invalid", "data.session_id", _A_UUID),
    Case("a UUID and a new line", _spelt("session_id", "@\n"), "field_invalid", "data.session_id", _A_UUID),
    Case("a UUID in other digits", data(session_id="\u0660190a0b0-0000-7000-8000-000000000051"), "field_invalid",
         "data.session_id", _A_UUID),
    Case("no UUID", data(session_id="1"), "field_invalid", "data.session_id", _A_UUID),
    Case("a session id that is a number", data(session_id=1), "field_invalid", "data.session_id", "a text"),
    Case("the referral in capitals", lambda record: data(referral_id=f"A{data_of(record)['referral_id'][1:]}")(record),
         "field_invalid", "data.referral_id", _A_UUID),
    Case("another referral inside", data(referral_id=new_id()), "key_differs", "subject"),
    Case("corrects itself", lambda record: data(supersedes=attributes_of(record)["id"])(record), "field_invalid",
         "data.supersedes", "the id of an earlier event"),
)  # fmt: skip

LISTS: Final = (
    *_same_field("field_invalid", "interventions", b'"cv"', b"{}", b'{"0": "cv"}', b"1", b"[]", b'["cv", "cv"]'),
    *_same_field("field_missing", "interventions", b"null"),
    Case("a missing field", data(interventions=...), "field_missing", "data.interventions", "this field"),
    Case("a null in a list", data(interventions=[None]), "field_missing", "data.interventions.0"),
    Case("a list in a list", data(interventions=[["cv"]]), "field_invalid", "data.interventions.0", "a text"),
    Case("an unknown code at the end", data(interventions=["cv", "magic"]), "code_unknown", "data.interventions.1"),
    Case("eighteen of seventeen", data(interventions=["cv"] * 18), "too_long", "data.interventions",
         "at most 17 entries"),
    Case("broken in 300 places", data(interventions=[1] * 300), "field_invalid", "data"),
    Case("300 names that are none", data(**{f"field_{n}": n for n in range(300)}), "field_invalid", "data"),
)  # fmt: skip

ENCODINGS: Final = (
    Case("a byte order mark", raw(lambda said: b"\xef\xbb\xbf" + said), "not_json", "value", "UTF-8 JSON"),
    Case("UTF-16", raw(lambda said: said.decode().encode("utf-16")), "not_json", "value"),
    Case("UTF-16 without a mark", raw(lambda said: said.decode().encode("utf-16-le")), "not_json", "value"),
    Case("UTF-32", raw(lambda said: said.decode().encode("utf-32")), "not_json", "value"),
    Case("no UTF-8", raw(lambda said: said.replace(b"gp_", b"\xff\xfe_")), "not_json", "value"),
    Case("Latin-1", raw(lambda said: said.replace(b"gp_", b"\xe9_")), "not_json", "value"),
    Case("an overlong NUL", raw(lambda said: said.replace(b"gp_", b"\xc0\x80_")), "not_json", "value"),
    Case("half of a character, encoded", raw(lambda said: said.replace(b"gp_", b"\xed\xa0\x80_")), "not_json", "value"),
    Case("half of a character, escaped", raw(lambda said: said.replace(b"gp_", b"\\ud800_")), "not_json", "value"),
    Case("the other half first", raw(lambda said: said.replace(b"gp_", b"\\udc00\\ud800_")), "not_json", "value"),
    Case("NUL in a text", raw(lambda said: said.replace(b"gp_", b"\x00_")), "not_json", "value"),
    Case("NUL behind it", raw(lambda said: said + b"\x00"), "not_json", "value"),
    Case("only NUL", value(b"\x00" * 100), "not_json", "value"),
    Case("a new line in a text", raw(lambda said: said.replace(b"gp_", b"\n_")), "not_json", "value"),
    Case("an escape that is none", raw(lambda said: said.replace(b"gp_", b"\\x41_")), "not_json", "value"),
    Case("compressed", value(bytes.fromhex("1f8b08000000000002ff010000ffff0000000000000000")), "not_json", "value"),
)  # fmt: skip

SHAPES: Final = (
    Case("a tombstone", value(None), "record_empty", "value", by_http=False),
    Case("nothing", value(b""), "not_json", "value"),
    Case("white space", value(b" \r\n\t"), "not_json", "value"),
    Case("null", value(b"null"), "field_missing", "data", "an object"),
    Case("true", value(b"true"), "field_invalid", "data", "an object"),
    Case("a number", value(b"1700000000"), "field_invalid", "data", "an object"),
    Case("a text", value(b'"event"'), "field_invalid", "data", "an object"),
    Case("a list", value(b"[1]"), "field_invalid", "data", "an object"),
    Case("an event in a list", raw(lambda said: b"[" + said + b"]"), "field_invalid", "data", "an object"),
    Case("an empty object", value(b"{}"), "field_missing", "data.referral_id", "this field"),
    Case("the end is missing", raw(lambda said: said[:-9]), "not_json", "value"),
    Case("the beginning is missing", raw(lambda said: said[9:]), "not_json", "value"),
    Case("two in one", raw(lambda said: said + said), "not_json", "value"),
    Case("a comma too many", raw(lambda said: said[:-1] + b",}"), "not_json", "value"),
    Case("a remark", raw(lambda said: said + b"// remark"), "not_json", "value"),
    Case("single quotes", raw(lambda said: said.replace(b'"', b"'")), "not_json", "value"),
    Case("XML", value(b"<event/>"), "not_json", "value"),
    Case("white space around", raw(lambda said: b"\r\n\t " + said + b" \n"), "accepted"),
    Case("lists, 100,000 deep", value(b"[" * 100_000), "not_json", "value"),
    Case("closed lists, 100,000 deep", value(b"[" * 100_000 + b"]" * 100_000), "not_json", "value"),
    Case("objects, 40,000 deep", value(b'{"a":' * 40_000 + b"1" + b"}" * 40_000), "not_json", "value"),
    Case("100,000 deep in a field", literal("minutes", b"[" * 100_000 + b"]" * 100_000), "not_json", "value"),
    Case("100 deep in a field", literal("minutes", b"[" * 100 + b"]" * 100), "field_invalid", "data.minutes"),
    Case("256 KiB", _sized(262_144), "accepted"),
    Case("256 KiB and a byte", _sized(262_145), "too_large", "value", _TOO_LARGE),
    Case("900 KB", data(note="n" * 900_000), "too_large", "value", _TOO_LARGE),
    Case("thousands of entries", data(interventions=["cv"] * 3_000), "too_large", "value"),
    Case("thousands of names", data(**{f"field_{n}": n for n in range(3_000)}), "too_large", "value"),
)  # fmt: skip

IN_STRUCTURED_MODE: Final = (
    Case("structured", structured(), "accepted"),
    Case("structured, with what we do not know", structured(comexampleextra={"a": [1, {"b": 2}]}), "accepted"),
    Case("structured, a field unknown", structured(data={"note": UNSAID}), "field_missing", "data.referral_id"),
    Case("structured, no data", structured(data=...), "field_missing", "data"),
    Case("structured, data null", structured(data=None), "field_missing", "data"),
    Case("structured, data a text", structured(data=UNSAID), "field_invalid", "data", "an object"),
    Case("structured, data as Base64", structured(data=..., data_base64="e30="), "field_missing", "data"),
    Case("structured, other data", structured(datacontenttype="text/plain"), "content_type_unknown", "datacontenttype"),
    Case("structured, no specversion", structured(specversion=...), "attribute_missing", "specversion", "1.0"),
    Case("structured, specversion a number", structured(specversion=1.0), "attribute_invalid", "specversion", "a text"),
    Case("structured, time a number", structured(time=1700000000), "attribute_invalid", "time", "a text"),
    Case("structured, source null", structured(source=None), "attribute_missing", "source"),
    Case("structured, type a list", structured(type=["footing.session-held.v1"]), "attribute_invalid", "type"),
    Case("structured, another subject", structured(subject=new_id()), "key_differs", "key",
         at_door=("key_differs", "subject")),
    Case("structured, a name twice outside", first(structured(), also(b'"specversion": "1.0"')), "field_repeated",
         "specversion"),
    Case("structured, the id twice", _id_twice, "field_repeated", "id"),
    Case("structured, a name twice in what we do not know", first(structured(), also(b'"extra": {"a": 1, "a": 2}')),
         "field_repeated", "extra"),
    Case("structured, the id a number", structured(id=7), "attribute_invalid", "id", "a text", parked=True),
    Case("structured, the id null", structured(id=None), "attribute_missing", "id", _A_UUID, parked=True),
    Case("structured, the id in capitals", _capitals, "attribute_invalid", "id", _A_UUID, parked=True),
    Case("structured, a list", first(structured(), value(b'["event"]')), "not_json", "value", _AN_OBJECT, parked=True),
    Case("structured, nothing", first(structured(), value(b"")), "not_json", "value", _AN_OBJECT, parked=True),
    Case("structured, null", first(structured(), value(b"null")), "not_json", "value", _AN_OBJECT, parked=True),
    Case("structured, NaN", first(structured(), also(b'"extra": NaN')), "not_json", "value", parked=True),
    Case("structured, a byte order mark", first(structured(), raw(lambda said: b"\xef\xbb\xbf" + said)), "not_json",
         "value", parked=True),
    Case("structured, 100,000 deep", first(structured(), also(b'"extra": ' + b"[" * 100_000 + b"]" * 100_000)),
         "not_json", "value", parked=True),
    Case("structured, NUL in an attribute", structured(source="urn:footing:partner:corpus\x00"), "attribute_invalid",
         "source"),
)  # fmt: skip

AS_IT_IS: Final = (Case("as it is", as_it_is, "accepted"),)

VALUES: Final = (
    *AS_IT_IS, *NUMBERS, *TEXTS, *NAMES, *TIMES, *IDS, *LISTS, *ENCODINGS, *SHAPES, *IN_STRUCTURED_MODE,
)  # fmt: skip
