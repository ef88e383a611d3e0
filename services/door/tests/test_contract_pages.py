"""The contract as pages: complete, accessible, without script and without any other host."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree as ET

import httpx
import pytest
from support.door_without_parts import asking

import contracts
from contracts.code_lists import CODE_LISTS
from contracts.codec import decode_inbox
from contracts.envelope import Event, Record
from contracts.reasons import REASONS
from contracts.topics import EVENT_TYPES

ROOM = Path(contracts.__file__).parents[1]
SCHEMAS = {file.stem: json.loads(file.read_text("utf-8")) for file in (ROOM / "schemas").glob("*.json")}
PAGES = [
    "", "/reasons", "/receipts", "/changes",
    "/events/referral-made", "/events/session-held", "/events/session-not-held", "/events/outcome-recorded",
    "/events/permission-given", "/events/permission-withdrawn", "/events/entry-withdrawn", "/events/fit-notes-counted",
    "/events/follow-up-due", "/events/erasure-requested",
]  # fmt: skip
# Which page shows the fields of a schema.
SHOWN_ON = {
    **{f"{kind.event}.v1": f"/events/{kind.event}" for kind in EVENT_TYPES.values()},
    "referral-made.canonical.v1": "/events/referral-made",
    "receipt.v1": "/receipts",
    "connectivity.v1": "/receipts",
}
every_page = pytest.mark.parametrize("path", PAGES)


@pytest.fixture(scope="module")
async def door() -> Any:
    async with asking() as http:
        yield http


async def page(door: httpx.AsyncClient, path: str) -> ET.Element:
    """The page as XML parsers read it, which is stricter than any browser."""
    answer = await door.get(f"/contract{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return ET.fromstring(answer.text)


def text_of(node: ET.Element) -> str:
    return " ".join("".join(node.itertext()).split())


def rows(root: ET.Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in root.iter("tr")]


def named(schema: Any, within: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field of a schema by its path, with what the schema says of it."""
    whole = schema.get("whole", schema)
    for name, said in schema["properties"].items():
        plain = next((way for way in said.get("anyOf", []) if way.get("type") != "null"), said)
        item = plain.get("items", plain)
        yield within + name, item
        if "$ref" in item:
            inner = whole["$defs"][item["$ref"].rpartition("/")[2]]
            path = f"{within}{name}[]." if "items" in plain else f"{within}{name}."
            yield from named({**inner, "whole": whole}, path)


@every_page
async def test_a_page_is_well_formed_and_says_how_it_is_built(door: httpx.AsyncClient, path: str) -> None:
    root = await page(door, path)
    assert root.get("lang") == "en-GB"
    assert (root.findtext("head/title") or "").endswith("Footing contract")
    assert [len(list(root.iter(name))) for name in ("h1", "main", "header", "nav", "footer")] == [1, 1, 1, 1, 1]
    assert root.find("body/a").attrib == {"class": "skip", "href": "#main"}
    levels = [int(node.tag[1]) for node in root.iter() if re.fullmatch("h[1-6]", node.tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


@every_page
async def test_a_table_has_a_caption_and_says_what_its_heads_head(door: httpx.AsyncClient, path: str) -> None:
    for table in (await page(door, path)).iter("table"):
        assert text_of(table.find("caption"))
        assert {head.get("scope") for head in table.find("thead").iter("th")} == {"col"}
        assert {head.get("scope") for head in table.find("tbody").iter("th")} == {"row"}
        columns = len(list(table.find("thead").iter("th")))
        assert {len(row) for row in table.find("tbody").iter("tr")} == {columns}


@every_page
async def test_a_page_loads_its_style_sheet_and_nothing_else(door: httpx.AsyncClient, path: str) -> None:
    root = await page(door, path)
    assert {node.tag for node in root.iter()} <= {
        "html", "head", "meta", "title", "link", "body", "header", "nav", "main", "footer", "h1", "h2", "h3", "h4",
        "p", "ul", "li", "a", "span", "strong", "em", "code", "pre",
        "table", "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert [node.attrib for node in root.iter("link")] == [{"rel": "stylesheet", "href": "/contract/page.css"}]
    for node in root.iter():
        assert not {"src", "srcset", "style"} & set(node.attrib)
        assert not [name for name in node.attrib if name.startswith("on")]
    answer = await door.get(f"/contract{path}")
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_link_leads_to_something_here_and_every_page_is_reached(door: httpx.AsyncClient) -> None:
    anchors: dict[str, set[str | None]] = {}
    links, ahead = set(), ["/contract"]
    while ahead:
        path = ahead.pop()
        answer = await door.get(path)
        assert answer.status_code == 200, path
        anchors[path] = set()
        if answer.headers["content-type"].startswith("text/html"):
            root = ET.fromstring(answer.text)
            anchors[path] = {node.get("id") for node in root.iter()}
            found = {urljoin(path, link.get("href")) for link in root.iter("a")}
            links |= found
            ahead += {urldefrag(link).url for link in found} - set(anchors) - set(ahead)
    assert {f"/contract{path}" for path in PAGES} <= set(anchors)
    targets = [urldefrag(link) for link in links]
    assert {target.url for target in targets if not target.url.startswith("/contract")} == {
        "/asyncapi.yaml", "/openapi.json",
    }  # fmt: skip
    assert [target for target in targets if target.fragment and target.fragment not in anchors[target.url]] == []


async def test_the_style_sheet_loads_nothing_and_its_colours_can_be_told_apart(door: httpx.AsyncClient) -> None:
    answer = await door.get("/contract/page.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert not re.search(r"url\(|@import|@font-face", answer.text)
    inks = set(re.findall(r"[ {;]color: (#\w+)", answer.text))
    papers = set(re.findall(r"background: (#\w+)", answer.text))
    assert inks == {"#14181c", "#0b4f6c"}
    assert "#fff" in papers
    assert min(contrast(ink, paper) for ink in inks for paper in papers) >= 4.5
    (outline,) = set(re.findall(r"outline: 3px solid (#\w+)", answer.text))
    assert contrast(outline, "#fff") >= 3


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
async def test_every_field_and_every_code_of_a_schema_stands_on_its_page(door: httpx.AsyncClient, name: str) -> None:
    shown = rows(await page(door, SHOWN_ON[name]))
    heads = {row[0]: row for row in shown}
    for path, said in named(SCHEMAS[name]):
        assert path in heads, path
        assert all(heads[path]), f"{path} lacks what may stand there, or what it means"
        for code in said.get("enum", []):
            meaning = CODE_LISTS[said["title"]].meanings[code]
            assert [str(code), meaning] in shown, f"{path}: {code}"


@pytest.mark.parametrize("event", sorted(kind.event for kind in EVENT_TYPES.values()))
async def test_an_event_says_whether_a_field_is_required(door: httpx.AsyncClient, event: str) -> None:
    schema = SCHEMAS[f"{event}.v1"]
    said = {row[0]: row[1] for row in rows(await page(door, f"/events/{event}")) if row[0] in schema["properties"]}
    assert {name for name, required in said.items() if required == "yes"} == set(schema["required"])


async def test_bounds_are_said_in_words(door: httpx.AsyncClient) -> None:
    said = {row[0]: row[1:3] for row in rows(await page(door, "/events/session-held")) if len(row) == 4}
    assert said["minutes"] == ["yes", "a whole number, 5 to 480"]
    assert said["interventions"] == ["yes", "a list of 1 to 17 different codes of Intervention"]
    assert said["plan.aim"] == ["with plan", "a code of Aim of a plan"]
    assert said["synthetic"] == ["no", "true or false; false where it is absent"]
    assert said["started_at"] == ["yes", "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z"]


async def test_every_reason_code_stands_there_with_what_to_do(door: httpx.AsyncClient) -> None:
    root = await page(door, "/reasons")
    found = {row.get("id"): [text_of(cell) for cell in row] for row in root.iter("tr") if row.get("id")}
    assert set(found) == set(REASONS)
    for code, reason in REASONS.items():
        plain = [text.replace("`", "") for text in (code, reason.meaning, reason.remedy)]
        assert found[code] == [*plain, ", ".join(reason.fields), str(reason.status)]


@every_page
async def test_what_can_be_copied_is_what_the_gate_takes(door: httpx.AsyncClient, path: str) -> None:
    root = await page(door, path)
    commands = [pre for pre in root.iter("pre") if pre.get("class") in ("kcat", "curl")]
    is_partners = path.startswith("/events/") and "follow-up" not in path and "erasure" not in path
    assert len(commands) == (4 if is_partners else 0), "binary and structured, each for kcat and for curl"
    for command in commands:
        event = decode_inbox(sent_by("".join(command.itertext())))
        assert isinstance(event, Event), event
        assert event.data.synthetic is True


def sent_by(command: str) -> Record:
    """The record that a command would write, as a shell reads it."""
    line, _, body = command.partition(" <<'EVENT'\n")
    words = shlex.split(line)
    said = [words[n + 1] for n, word in enumerate(words) if word == "-H"]
    pairs = [re.split("=|: ", text, maxsplit=1) for text in said]
    headers = tuple((name.replace("ce-", "ce_"), value.encode()) for name, value in pairs if name != "authorization")
    value = body.removesuffix("\nEVENT\n")
    event = json.loads(value)
    subject = dict(headers).get("ce_subject", event.get("subject", "").encode())
    if words[0] == "kcat":
        assert words[words.index("-k") + 1].encode() == subject
        topic = words[words.index("-t") + 1]
    else:
        kind = dict(headers).get("ce_type", event.get("type", "").encode()).decode()
        data = event.get("data", event)
        topic = f"inbox.acme.{topic_of(data['withdraws']['type'] if 'withdraws' in data else kind)}"
    return Record(topic, 0, 0, subject, value.encode(), headers)


def topic_of(kind: str) -> str | None:
    return EVENT_TYPES[kind].topic


async def test_policy_and_changelog_stand_on_one_page(door: httpx.AsyncClient) -> None:
    heads = [text_of(node) for node in (await page(door, "/changes")).iter() if node.tag in ("h2", "h3")]
    assert heads[:2] == ["Change policy", "What may change within a version (minor)"]
    assert "Changelog" in heads
    assert "0.1.0" in heads


async def test_schemas_and_examples_are_served_as_they_stand(door: httpx.AsyncClient) -> None:
    for file in [*ROOM.glob("schemas/*.json"), *ROOM.glob("examples/session-held/v1/*/*.json")]:
        answer = await door.get(f"/contract/{file.relative_to(ROOM).as_posix()}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.text == file.read_text("utf-8")


@pytest.mark.parametrize("path", ["/nothing", "/events", "/examples/../pyproject.toml", "/%2e%2e/pyproject.toml"])
async def test_what_is_no_page_is_a_problem(door: httpx.AsyncClient, path: str) -> None:
    answer = await door.get(f"/contract{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "path_unknown"
