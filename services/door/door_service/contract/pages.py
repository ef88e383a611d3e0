"""The contract as HTML: every page, by its path below `/contract`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from contracts.attributes import ATTRIBUTES
from contracts.code_lists import FATE
from contracts.reasons import REASONS
from contracts.topics import LARGEST_VALUE_BYTES
from door_service.contract.examples import Example, for_curl, for_kcat
from door_service.contract.source import Contract

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
CSS: Final = "text/css; charset=utf-8"

_TICKED: Final = re.compile("`([^`]*)`")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True})


def _code(text: str) -> Markup:
    """Plain text in which what stands between backticks is code."""
    parts = _TICKED.split(text)
    said = (Markup("<code>%s</code>") % part if n % 2 else escape(part) for n, part in enumerate(parts))
    return Markup("").join(said)


def _slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")


def _markdown(text: str) -> Markup:
    """A file of ours whose title is one heading of a page among others: its headings go a level down."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704  no HTML is let through


_PAGES: Final = Environment(
    loader=PackageLoader("door_service", "contract/templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"code": _code, "slug": _slug, "markdown": _markdown}
_PAGES.globals |= {
    "attributes": ATTRIBUTES, "reasons": REASONS, "fates": FATE, "most_bytes": LARGEST_VALUE_BYTES,
    "for_kcat": for_kcat, "for_curl": for_curl,
}  # fmt: skip

Rendered = tuple[str, str]  # media type, text


def pages(contract: Contract) -> Mapping[str, Callable[[], Rendered]]:
    """How to make each page and file, by its path below `/contract` (the start page's is empty)."""
    of_events = [one for event in contract.events for each in event.examples.values() for one in each]
    return {
        "": _page("start.html", contract),
        **{f"events/{event.kind.event}": _page("event.html", contract, event=event) for event in contract.events},
        "reasons": _page("reasons.html", contract),
        "receipts": _page("receipts.html", contract),
        "changes": _page("changes.html", contract),
        "page.css": lambda: (CSS, _PAGES.get_template("page.css").render()),
        **{f"schemas/{name}.json": _json(schema) for name, schema in contract.schemas.items()},
        **{f"examples/{example.path}": _file(example) for example in (*contract.receipts, *of_events)},
    }


def _page(template: str, contract: Contract, **more: Any) -> Callable[[], Rendered]:
    return lambda: (HTML, _PAGES.get_template(template).render(contract=contract, **more))


def _json(said: Any) -> Callable[[], Rendered]:
    return lambda: (JSON, json.dumps(said, indent=2, ensure_ascii=False) + "\n")


def _file(example: Example) -> Callable[[], Rendered]:
    return lambda: (JSON, example.text)
