"""Tables in a terminal that can still be read where it is narrow: nothing is cut off, and no lines stand between."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

_PLAIN_WIDTH: Final = 150  # of a log file, or a pipe


def console() -> Console:
    """Standard output, wide enough where nobody looks at it."""
    made = Console(highlight=False, markup=False)
    if not made.is_terminal:
        made.width = _PLAIN_WIDTH
    return made


def table(*left: str, right: Sequence[str] = ()) -> Table:
    """Columns without lines; numbers stand to the right."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for name in left:
        made.add_column(name, overflow="fold")
    for name in right:
        made.add_column(name, justify="right", overflow="fold")
    return made
