"""A tour of a site by its links, from its start page to every page there is, and what a look at each page shows."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urldefrag, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

DESK: Final = {"width": 1280, "height": 1024}
PHONE: Final = {"width": 320, "height": 640}
TWICE_THE_SIZE: Final = {"width": 640, "height": 512}  # to a page, zoomed to 200 %, the desk has half as many pixels
MOST_ALIKE: Final = 2  # pages that differ only in a reference or in what was asked: nobody looks at thousands
_FILES: Final = (".csv", ".json", ".svg", ".png", ".yaml", ".css", ".js")
_REFERENCE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_A_SCHEME: Final = re.compile(r"^/staff/schemes/[^/]+/")
_UNASKED: Final = "favicon.ico"
# Not `preload`: it would fetch style sheets a second time, which the policy of the pages forbids scripts to do.
_JUDGE: Final = """async () => (await axe.run(document, {preload: false, resultTypes: ['violations']})).violations.map(
  found => `${found.id} (${found.help}): ` + found.nodes.slice(0, 3).map(node => node.target.join(' ')).join(' | '))"""
_MISSING_ANCHORS: Final = """() => [...document.querySelectorAll('a[href^="#"]')].map(link => link.getAttribute('href'))
  .filter(to => to.length > 1 && !document.getElementById(decodeURIComponent(to.slice(1))))"""
_TABLES: Final = """() => [...document.querySelectorAll('main table')].map(table => ({
  caption: table.caption.innerText, columns: [...table.querySelectorAll('thead th')].map(each => each.innerText),
  rows: [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].map(
    cell => ({text: cell.innerText, to: cell.querySelector('a')?.getAttribute('href') ?? ''})))}))"""
_RELEASE: Final = "() => document.querySelector('section[aria-label=Release] a')?.innerText ?? ''"
# What a script brings beyond the page, which is complete without: the button that pauses, and what it says.
_TEXT: Final = """() => [...document.querySelectorAll('[data-live-shown]')].reduce(
  (text, more) => text.replace(more.innerText, ''), (document.querySelector('main') ?? document.body).innerText)"""
_BYTES: Final = """() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
  .reduce((bytes, entry) => bytes + entry.decodedBodySize, 0)"""
_WIDTH: Final = "() => document.documentElement.scrollWidth"
_ADDRESSES: Final = "() => [...document.querySelectorAll('a[href]')].map(link => link.href)"


@dataclass(slots=True)
class Seen:
    """What a look at one page showed."""

    address: str
    status: int
    title: str
    text: str
    text_without_script: str  # of the first few pages of a template
    scripts: int
    links: list[str]
    bytes: int
    widths: dict[int, int]
    objections: list[str]  # of axe
    complaints: list[str]  # of the browser: policy, errors, what was not found
    elsewhere: list[str]  # asked of another host
    missing_anchors: list[str]
    release: str  # that it shows; empty if it shows none
    tables: list[dict[str, Any]]  # caption, columns, rows of cells: their text, and where their link leads


@dataclass
class Toured:
    """All pages of a site, and the status of each file that they link to."""

    pages: list[Seen] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)


class Looker:
    """Looks at pages in one tab. `axe`: the script that judges a page; without it nothing is judged."""

    def __init__(self, context: BrowserContext, axe: str | None) -> None:
        self.page: Page = context.new_page()
        self._judges = axe is not None
        if axe is not None:
            self.page.add_init_script(axe)
        self._complaints: list[str] = []
        self._asked: list[str] = []
        self.page.on("request", self._on_request)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))

    def at(self, address: str, *, narrow_too: bool = False) -> Seen | int:
        """Look at the page; of a file the status alone. `narrow_too`: axe judges it at a phone's width as well."""
        page = self.page
        self._complaints.clear(), self._asked.clear()
        page.set_viewport_size(DESK)
        answer = page.goto(address, wait_until="load")
        assert answer is not None
        if "html" not in answer.headers.get("content-type", ""):
            return answer.status
        weight = page.evaluate(_BYTES)  # before it is narrow, when it asks for other pictures
        objections = self._judged()
        widths = {}
        for size in (TWICE_THE_SIZE, PHONE):
            page.set_viewport_size(size)
            widths[size["width"]] = page.evaluate(_WIDTH)
        if narrow_too:
            objections += [f"at 320 px: {each}" for each in self._judged()]
        return Seen(
            address=address,
            status=answer.status,
            title=page.title(),
            text=self._text(),
            text_without_script="",
            scripts=page.locator("script").count(),
            links=page.evaluate(_ADDRESSES),
            bytes=weight,
            widths=widths,
            objections=objections,
            complaints=list(self._complaints),
            elsewhere=[asked for asked in self._asked if not asked.startswith((origin(address), "data:"))],
            missing_anchors=page.evaluate(_MISSING_ANCHORS),
            release=page.evaluate(_RELEASE),
            tables=page.evaluate(_TABLES),
        )

    def _judged(self) -> list[str]:
        found: list[str] = self.page.evaluate(_JUDGE) if self._judges else []
        return found

    def text(self, address: str) -> str:
        """What the page says, its space as words have it."""
        self.page.goto(address, wait_until="load")
        return self._text()

    def _text(self) -> str:
        return " ".join(self.page.evaluate(_TEXT).split())

    def _on_request(self, request: Request) -> None:
        self._asked.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _UNASKED not in str(message.location):
            self._complaints.append(message.text)


def tour(looker: Looker, start: str) -> Toured:
    """From the start page by links, each page of the site once; of pages that are alike the first few."""
    toured, alike, kinds = Toured(), Counter[str](), set[str]()
    waiting, known = [start], {start}
    while waiting:
        address = waiting.pop(0)
        alike[kind_of(address)] += 1
        if alike[kind_of(address)] > MOST_ALIKE:
            continue
        if _is_file(address):
            toured.files[address] = looker.page.request.get(address).status
            continue
        shape = template_of(address)
        seen = looker.at(address, narrow_too=shape not in kinds)
        if isinstance(seen, int):
            toured.files[address] = seen
            continue
        kinds.add(shape)
        toured.pages.append(seen)
        for link in _within(seen.links, start):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return toured


def _within(links: list[str], start: str) -> Iterator[str]:
    """Links of the same site. What lies outside of its folder is another site's, which has a tour of its own."""
    for link in links:
        plain = urldefrag(link).url
        if plain.startswith(start) or (origin(plain) == origin(start) and _is_file(plain)):
            yield plain


def _is_file(address: str) -> bool:
    return urlsplit(address).path.endswith(_FILES) or "/api/" in address


def origin(address: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def kind_of(address: str) -> str:
    """What pages have in common that differ in a reference, in what they were asked with, or, for staff, in a scheme.

    Every other page is a kind of its own: public ones, and each scheme's of staff.
    """
    parts = urlsplit(address)
    asked = sorted(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    if asked:
        return f"{template_of(address)}?{'&'.join(asked)}"
    return _OF_A_SCHEME.sub("/staff/schemes/*/", _REFERENCE.sub("*", parts.path))


def template_of(address: str) -> str:
    """Roughly the template that a page is made of: its path, but for the last name of a long one."""
    names = urlsplit(address).path.strip("/").split("/")
    if names[:2] == ["staff", "schemes"]:
        return "/".join(names[:2] + names[3:])
    return "/".join(names[:-1] or names)


def some_of_each(pages: list[Seen]) -> list[Seen]:
    """The first few of each template."""
    counted = Counter[str]()
    found = []
    for page in pages:
        counted[template_of(page.address)] += 1
        if counted[template_of(page.address)] <= MOST_ALIKE:
            found.append(page)
    return found


def told(problems: dict[str, Any]) -> str:
    """Pages and what is wrong with each, a line a page, for the message of a test."""
    return "\n".join(f"{address}: {what}" for address, what in problems.items())
