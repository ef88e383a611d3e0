"""The pages of `docs/operate` as the board shows them: an operator need not leave it to know what to do."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ops.alarms.rules import rules
from ops.board.frame import START

RUNBOOKS: Final = f"{START}/runbooks"
_CLASSES: Final = {
    "h1": "govuk-heading-l", "h2": "govuk-heading-m", "h3": "govuk-heading-s", "p": "govuk-body", "a": "govuk-link",
    "ul": "govuk-list govuk-list--bullet", "ol": "govuk-list govuk-list--number", "table": "govuk-table",
    "thead": "govuk-table__head", "tbody": "govuk-table__body", "tr": "govuk-table__row",
    "th": "govuk-table__header", "td": "govuk-table__cell",
}  # fmt: skip
_OURS: Final = re.compile(r"([a-z0-9-]+)\.md(#[a-z0-9-]*)?")
_ELSEWHERE: Final = re.compile(r"https?://|#")
_NOT_IN_A_SLUG: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Runbook:
    """One page. `alerts`: the rules that name it."""

    name: str
    title: str
    html: str
    alerts: tuple[str, ...]


@cache
def runbooks() -> Mapping[str, Runbook]:
    """Every page by its name, read once: first those that alerts name. A folder that is not there has none."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_folder().glob("*.md"))}
    alerts = {name: tuple(rule.name for rule in rules().values() if Path(rule.runbook).stem == name) for name in texts}
    made = [Runbook(name, *_shown(text, texts.keys()), alerts[name]) for name, text in texts.items()]
    return {page.name: page for page in sorted(made, key=lambda page: (not page.alerts, page.title))}


def _folder() -> Path:
    return Path(os.environ.get("RUNBOOKS_DIR") or Path(__file__).resolve().parents[3] / "docs" / "operate")


def _shown(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The title, and the whole as HTML. What is written as HTML is shown as it is written."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
    for kind in ("fence", "code_block"):
        markdown.add_render_rule(kind, _commands)
    markdown.add_render_rule("image", _instead_of_a_picture)
    tokens = markdown.parse(text)
    known, title, heading = frozenset(names), "", ""
    regions: Counter[str] = Counter()
    for number, token in enumerate(tokens):
        _class(token)
        for inner in token.children or ():
            _class(inner)
            if inner.type == "link_open":
                _link(inner, known)
        if token.type == "heading_open":
            heading = _text(tokens[number + 1])
            title = title or heading
            token.attrSet("id", _slug(heading))
        elif token.type in {"table_open", "fence", "code_block"}:
            regions[heading] += 1  # each is a place to go to, so that each has a name of its own
            token.meta = {"caption": heading if regions[heading] == 1 else f"{heading}, {regions[heading]}"}
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    _close_what_is_no_link(tokens)
    return title, markdown.renderer.render(tokens, markdown.options, {})


def _class(token: Token) -> None:
    if token.nesting == 1 and token.tag in _CLASSES:
        token.attrSet("class", _CLASSES[token.tag])


def _link(token: Token, known: frozenset[str]) -> None:
    """To pages that the board has; what stands only in the repository is no link here."""
    to = str(token.attrGet("href"))
    ours = _OURS.fullmatch(to)
    if ours and ours[1] in known:
        token.attrSet("href", f"{RUNBOOKS}/{ours[1]}{ours[2] or ''}")
    elif not _ELSEWHERE.match(to):
        token.tag = "span"
        token.attrs = {"title": to}


def _close_what_is_no_link(tokens: Sequence[Token]) -> None:
    for token in tokens:
        tag = "a"
        for inner in token.children or ():
            if inner.type == "link_open":
                tag = inner.tag
            elif inner.type == "link_close":
                inner.tag = tag


def _table_open(_renderer: Any, tokens: Sequence[Token], number: int, *_: Any) -> str:
    caption = escape(tokens[number].meta["caption"])
    return (
        f'<div class="footing-wide" role="region" aria-label="{caption}" tabindex="0">\n<table class="govuk-table">\n'
        f'<caption class="govuk-visually-hidden">{caption}</caption>\n'
    )


def _commands(_renderer: Any, tokens: Sequence[Token], number: int, *_: Any) -> str:
    caption, said = escape(tokens[number].meta["caption"]), escape(tokens[number].content)
    return f'<pre class="board-raw" role="region" aria-label="{caption}" tabindex="0"><code>{said}</code></pre>\n'


def _instead_of_a_picture(_renderer: Any, tokens: Sequence[Token], number: int, *_: Any) -> str:
    """What it shows, in words: pictures stand in the repository alone."""
    return f"(Picture: {escape(_text(tokens[number]))}.)"


def _text(token: Token) -> str:
    return "".join(inner.content for inner in token.children or ())


def _slug(heading: str) -> str:
    """As other renderers make the names of headings, so that links into a page lead there too."""
    return _NOT_IN_A_SLUG.sub("", heading.lower()).replace(" ", "-")
