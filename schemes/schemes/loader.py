"""Reads the folder of scheme files, all or nothing: `load()` returns schemes that agree, or says every mistake."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from schemes.checks import findings
from schemes.mistakes import Mistake, SchemeMistakes
from schemes.model import CANARY, Fund, Scheme
from schemes.nodes import Document, read

FUNDS_FILE = "funds.yaml"
SHARED_AREAS = "areas"

Read = TypeVar("Read")


class FundsFile(BaseModel):
    """What `funds.yaml` says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    funds: tuple[Fund, ...]


class Schemes(Mapping[str, Scheme]):
    """Every scheme by its id, in the order of ids, with the funds that they name.

    The canary is not among them: whoever lists or looks up schemes does not meet it, but for the gate of referrals,
    which asks `taking`.
    """

    def __init__(self, schemes: Mapping[str, Scheme], funds: Mapping[str, Fund]) -> None:
        self._schemes = dict(sorted((name, scheme) for name, scheme in schemes.items() if not scheme.canary))
        self.canary = schemes.get(CANARY)
        self.funds = dict(sorted(funds.items()))

    def taking(self, scheme_id: str) -> Scheme | None:
        """The scheme of this id, be it the canary: what referrals are taken for."""
        return self.canary if scheme_id == CANARY else self._schemes.get(scheme_id)

    def __getitem__(self, scheme_id: str) -> Scheme:
        return self._schemes[scheme_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schemes)

    def __len__(self) -> int:
        return len(self._schemes)

    def sharing(self, fund_id: str) -> tuple[Scheme, ...]:
        """The schemes that this fund pays for."""
        return tuple(scheme for scheme in self._schemes.values() if fund_id in scheme.funds)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the files mean: the same whatever their comments, order of fields or layout."""
        records = [*self._schemes.values(), *self.funds.values()]
        said = [record.model_dump(mode="json", by_alias=True, exclude={"canary"}) for record in records]
        content = json.dumps(said, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def default_folder() -> Path:
    """`SCHEMES_DIR` of the environment, else the folder that this package stands in."""
    return Path(os.environ.get("SCHEMES_DIR") or Path(__file__).resolve().parent.parent)


def scheme_files(folder: Path) -> list[Path]:
    """The scheme files of a folder, in order."""
    return sorted(path for path in folder.glob("*.yaml") if path.name != FUNDS_FILE)


def load(folder: Path | None = None) -> Schemes:
    """All schemes of the folder. Raises `SchemeMistakes` with everything that is wrong in any of its files."""
    folder = folder or default_folder()
    mistakes: list[Mistake] = []
    funds = load_funds(folder)
    schemes: dict[str, Scheme] = {}
    for path in scheme_files(folder):
        try:
            scheme = load_file(path, folder, funds)
            schemes[scheme.id] = scheme
        except SchemeMistakes as error:
            mistakes += error.mistakes
    if mistakes:
        raise SchemeMistakes(mistakes)
    if not schemes:
        raise SchemeMistakes([Mistake(folder.name, 1, "the folder", "at least one scheme file")])
    return Schemes(schemes, funds)


def check(folder: Path, file: Path | None = None) -> list[Mistake]:
    """What is wrong with one file beside the folder's funds and shared areas, or with the whole folder."""
    try:
        if file is None:
            load(folder)
        elif file.name == FUNDS_FILE:
            load_funds(file.parent)
        else:
            load_file(file, folder, load_funds(folder))
    except SchemeMistakes as error:
        return error.mistakes
    return []


def load_file(path: Path, folder: Path, funds: Mapping[str, Fund]) -> Scheme:
    """The scheme of one file. `folder` holds the shared areas that it may name. Raises `SchemeMistakes`."""
    document = read(path, folder)
    _take_shared_areas(document, folder)
    scheme = validated(document, TypeAdapter(Scheme))
    found = [document.mistake(place, expected) for place, expected in findings(scheme)]
    if scheme.id != path.stem:
        found.append(document.mistake(("id",), f"{path.stem}, as the file is named"))
    for number, fund in enumerate(scheme.funds):
        if fund not in funds:
            found.append(document.mistake(("funds", number), f"a fund of {FUNDS_FILE}: {', '.join(sorted(funds))}"))
    if found:
        raise SchemeMistakes(found)
    return scheme


def load_funds(folder: Path) -> dict[str, Fund]:
    """The funds of the folder by id; none if it has no such file. Raises `SchemeMistakes`."""
    path = folder / FUNDS_FILE
    if not path.exists():
        return {}
    document = read(path, folder)
    funds: dict[str, Fund] = {}
    for number, fund in enumerate(validated(document, TypeAdapter(FundsFile)).funds):
        if fund.id in funds:
            raise SchemeMistakes(
                [document.mistake(("funds", number, "id"), f"an id of its own; {fund.id} is taken above")]
            )
        funds[fund.id] = fund
    return funds


def _take_shared_areas(document: Document, folder: Path) -> None:
    """`areas: NAME` stands for the list in `areas/NAME.yaml`, which several schemes share."""
    if not isinstance(document.value, dict) or not isinstance(document.value.get("areas"), str):
        return
    path = folder / SHARED_AREAS / f"{document.value['areas']}.yaml"
    if not path.is_file():
        expected = f"a list of areas, or the name of a file in {SHARED_AREAS}/"
        raise SchemeMistakes([document.mistake(("areas",), expected)])
    document.put("areas", read(path, folder))


def validated(document: Document, adapter: TypeAdapter[Read]) -> Read:
    """What a file says, as the type that it must be. Raises `SchemeMistakes`."""
    try:
        return adapter.validate_python(document.value)
    except ValidationError as error:
        raise SchemeMistakes([document.mistake(e["loc"], _expected(e)) for e in error.errors()]) from error


def _expected(error: ErrorDetails) -> str:
    """What was expected, in an author's words where pydantic's are a programmer's."""
    kinds = {
        "missing": "this field, which is required",
        "extra_forbidden": "no such field; is it misspelt?",
        "tuple_type": "a list",
        "model_type": "fields with values",
        "dict_type": "fields with values",
        "date_type": "a date, as 2008-04-01",
    }
    return kinds.get(error["type"]) or error["msg"].removeprefix("Input should be ")
