"""Numbers as charts say them."""

from collections.abc import Sequence


def percent(share: float, places: int = 1) -> str:
    """A share as per cent."""
    return f"{share * 100:.{places}f} %"


def plainly(number: float) -> str:
    """A number of days or people, without needless decimals."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,g}"


def listed(things: Sequence[str]) -> str:
    """Things as a list in a sentence."""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def lowered(title: str) -> str:
    """A title in the middle of a sentence; abbreviations stay as they are."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
