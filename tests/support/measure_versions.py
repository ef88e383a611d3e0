"""Whether a measure still means what its version says: its words and its code beside what was written down of them.

A version is a number kept by hand, because it is a statement to readers: the same number, the same meaning. So that
nobody can forget it, a file beside the tests holds what each measure's words and code were when somebody last looked,
and a test fails where they differ. `PYTHONPATH=tests python -m support.measure_versions` writes it down anew; it
refuses other words under the same version.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from outcomes_service.indicators import catalogue
from outcomes_service.indicators.catalogue import MEASURES
from outcomes_service.indicators.measure import Measure

FILE: Final = Path(__file__).parents[2] / "services/outcomes/tests/versions_of_measures.json"
ROOM: Final = Path(catalogue.__file__).parent
COMMON: Final = ("case.py", "counting.py", "lasting.py", "per_fact.py", "survival.py", "wilson.py")
"""What several measures are made of: of these it is written down once that they changed."""
OTHER_WORDS: Final = "other words under the same version: raise its version"


def words_of(measure: Measure) -> str:
    """All that a reader is told, as one text."""
    said = (measure.title, measure.words, measure.unit, measure.numerator, measure.denominator, measure.unknown,
            measure.cohort, measure.window, measure.polarity, measure.definitions, measure.caveats)  # fmt: skip
    return json.dumps(said, ensure_ascii=False)


def code_of(measure: Measure) -> Iterable[Path]:
    """The files of the functions that the measure is made of."""
    counting: Any = measure.counting
    functions = [getattr(counting, name, None) for name in counting.__slots__]
    modules = {function.__module__ for function in functions if callable(function)}
    return sorted(ROOM / f"{name.rpartition('.')[2]}.py" for name in modules if ".indicators." in name)


def written_down() -> Mapping[str, Any]:
    """What was written down."""
    said: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return said


def as_it_is() -> Mapping[str, Any]:
    """The same of words and code as they are."""
    common = {name: _digest((ROOM / name).read_text(encoding="utf-8")) for name in COMMON}
    return {"common": common, "measures": {measure.id: _of(measure) for measure in MEASURES}}


def _of(measure: Measure) -> Mapping[str, str]:
    code = "".join(file.read_text(encoding="utf-8") for file in code_of(measure))
    return {"version": measure.version, "words": _digest(words_of(measure)), "code": _digest(code)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def unlooked_at(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What changed since it was written down."""
    changed = [name for name, code in now["common"].items() if was["common"].get(name) != code]
    found = [f"{name}, which measures have in common" for name in changed]
    for measure in sorted({*was["measures"], *now["measures"]}):
        before, after = was["measures"].get(measure), now["measures"].get(measure)
        if before != after:
            found.append(f"{measure}: {_change(before, after)}")
    return found


def _change(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> str:
    if before is None or after is None:
        return "new" if before is None else "gone"
    if before["words"] != after["words"] and before["version"] == after["version"]:
        return OTHER_WORDS
    return "its code or its version changed"


def main() -> int:
    """Say what changed, and write it down."""
    changed = unlooked_at(written_down() if FILE.exists() else {"common": {}, "measures": {}}, as_it_is())
    sys.stdout.write("".join(f"{change}\n" for change in changed))
    if any(change.endswith(OTHER_WORDS) for change in changed):
        return 1
    FILE.write_text(json.dumps(as_it_is(), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
