"""What charts are drawn on: pixels from the top left, a title above, what it was made from below; the result is SVG.

Two widths are drawn of each chart, because a wide one scaled to a telephone cannot be read. The SVG holds real text in
the reader's own fonts, no style (so that the strictest content policy lets it through), no date and no random id: the
same data gives the same bytes.
"""

import io
import textwrap
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE: Final = 720
NARROW: Final = 304
MARGIN: Final = 8

INK: Final = "#14181c"
QUIET: Final = "#505a5f"
LINE: Final = "#b1b4b6"
BLUE: Final = "#0b4f6c"
PALE: Final = "#cfdfe6"
RED: Final = "#b34700"

TEXT: Final = 13.0
SMALL: Final = 11.5
TITLE: Final = 16.0
_LEADING: Final = 1.3
_ADVANCE: Final = 0.54  # mean width of a character, in sizes; of the fonts that readers have, the wide ones
_BOLD: Final = 1.17
_FONTS: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_ONE_AT_A_TIME: Final = Lock()  # the library's settings are global

Align = Literal["left", "center", "right"]
Scale = Callable[[float], float]


def scale(domain: tuple[float, float], pixels: tuple[float, float]) -> Scale:
    """A straight scale from values to pixels."""
    (first, last), (start, end) = domain, pixels
    return lambda value: start + (value - first) / ((last - first) or 1) * (end - start)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """The text in lines that are no wider than so many pixels in any usual font."""
    return textwrap.wrap(text, max(8, int(width / width_of("n", size, bold=bold)))) or [""]


def height_of(lines: Sequence[str], size: float) -> float:
    """How high so many lines stand."""
    return len(lines) * size * _LEADING


def width_of(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """About how wide a text is."""
    return len(text) * size * _ADVANCE * (_BOLD if bold else 1)


class Canvas:
    """A chart in the making. `top` is where its body begins, `left` and `right` what it may use of the width."""

    def __init__(self, title: str, made_from: str, body: float, *, wide: bool) -> None:
        from matplotlib.figure import Figure  # noqa: PLC0415  half a second, once there is something to draw

        self.wide, self.width = wide, WIDE if wide else NARROW
        self.left, self.right = float(MARGIN), float(self.width - MARGIN)
        room = self.right - self.left
        heading = wrapped(title, room, TITLE, bold=True)
        footing = wrapped(made_from, room, SMALL)
        self.top = MARGIN + height_of(heading, TITLE) + 10
        self.height = self.top + body + 10 + height_of(footing, SMALL) + MARGIN
        self._figure = Figure(figsize=(self.width / 72, self.height / 72), dpi=72)
        self._axes: Axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, self.width)
        self._axes.set_ylim(self.height, 0)
        self._axes.set_axis_off()
        self.lines(heading, self.left, MARGIN, size=TITLE, bold=True)
        self.lines(footing, self.left, self.top + body + 10, size=SMALL, colour=QUIET)

    def text(
        self,
        said: str,
        x: float,
        y: float,
        *,
        size: float = TEXT,
        colour: str = INK,
        align: Align = "left",
        bold: bool = False,
        clear: bool = False,
    ) -> None:
        """A line of text, the middle of its small letters at `y`; `clear` blanks what is behind it."""
        weight = "bold" if bold else "normal"
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.5} if clear else None
        self._axes.text(x, y + size * 0.35, said, fontsize=size, color=colour, ha=align, va="baseline",
                        fontweight=weight, parse_math=False, bbox=behind)  # fmt: skip

    def lines(
        self, said: Sequence[str], x: float, top: float, *, size: float = TEXT, colour: str = INK, bold: bool = False
    ) -> None:
        """Lines of text below one another, from `top`."""
        for number, line in enumerate(said):
            self.text(line, x, top + (number + 0.5) * size * _LEADING, size=size, colour=colour, bold=bold)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        *,
        colour: str = INK,
        width: float = 1.5,
        dashes: tuple[float, float] | None = None,
    ) -> None:
        """A line through points."""
        style: Any = (0, dashes) if dashes else "solid"
        xs, ys = zip(*points, strict=True)
        self._axes.plot(xs, ys, color=colour, linewidth=width, linestyle=style, solid_capstyle="butt")

    def dot(
        self, x: float, y: float, *, colour: str = BLUE, shape: Literal["o", "D", "|"] = "o", size: float = 10,
        filled: bool = True,
    ) -> None:  # fmt: skip
        """A mark: a circle, a diamond, or an upright stroke; hollow where it is not `filled`."""
        inside = colour if filled else "white"
        self._axes.plot([x], [y], marker=shape, markersize=size, markerfacecolor=inside, markeredgecolor=colour,
                        markeredgewidth=2, linestyle="none", clip_on=False)  # fmt: skip

    def band(self, above: Sequence[tuple[float, float]], below: Sequence[tuple[float, float]], colour: str) -> None:
        """The area between two lines."""
        xs, ys = zip(*above, *reversed(below), strict=True)
        self._axes.fill(xs, ys, color=colour, linewidth=0)

    def bar(self, left: float, right: float, top: float, bottom: float, colour: str) -> None:
        """A filled box."""
        self.band([(left, top), (right, top)], [(left, bottom), (right, bottom)], colour)

    def svg(self, title: str, alt: str) -> bytes:
        """The chart as a file. `alt` is its description for who opens the file itself."""
        import matplotlib as mpl  # noqa: PLC0415

        file = io.BytesIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with _ONE_AT_A_TIME, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "footing"}):
            self._figure.savefig(file, format="svg", metadata=nothing)
        return _tidied(file.getvalue(), title, alt)


def _tidied(drawn: bytes, title: str, alt: str) -> bytes:
    """The same picture without any style: attributes instead, and one list of fonts."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(drawn)  # noqa: S314  what the library has just written
    for element in root.iter():
        style = element.attrib.pop("style", "")
        said = [part.split(":", 1) for part in style.split(";") if ":" in part]
        element.attrib.update({name.strip(): value.strip() for name, value in said if name.strip() != "font-family"})
        if element.tag == f"{{{_SVG}}}text":
            element.attrib.pop("transform", None)
        for child in [child for child in element if child.tag == f"{{{_SVG}}}style"]:
            element.remove(child)
        element.text, element.tail = (element.text or "").strip() or None, None
    for name in ("width", "height"):
        root.set(name, root.get(name, "").removesuffix("pt"))
    root.attrib |= {"font-family": _FONTS, "role": "img", "stroke-linejoin": "round"}
    for number, (name, text) in enumerate((("title", title), ("desc", alt))):
        said_there = ET.Element(f"{{{_SVG}}}{name}")
        said_there.text = text
        root.insert(number, said_there)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
