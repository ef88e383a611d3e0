"""`footing schemes`: what the schemes are, what one of them promises, and whether a file is right."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter

from ops import tables
from ops.commands.options import AsJson
from ops.errors import Missing
from schemes import Scheme, SchemeMistakes, Schemes, Succession, load, successions
from schemes.loader import check as mistakes_of
from schemes.loader import default_folder

schemes = typer.Typer(help="List, show and check the schemes.", no_args_is_help=True)


@schemes.command("list")
def list_schemes(as_json: AsJson = False) -> None:
    """List every scheme.

    Example: footing schemes list
    """
    known = _load()
    if as_json:
        rows = [_row(scheme) for scheme in known.values()]
        print(json.dumps({"fingerprint": known.fingerprint, "schemes": rows}, indent=2))
        return
    table = tables.table("id", "open", "areas", "title")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for scheme in known.values():
        days = f"{scheme.opens:%Y-%m} to {scheme.closes:%Y-%m}" if scheme.closes else f"from {scheme.opens:%Y-%m}"
        table.add_row(scheme.id, days, str(len(scheme.areas)), scheme.title)
    tables.console().print(table)


@schemes.command()
def show(
    scheme_id: Annotated[str, typer.Argument(metavar="ID", help="As `footing schemes list` names it.")],
    as_json: AsJson = False,
) -> None:
    """Show all that a scheme says, with its funds and what became of its areas' codes.

    Example: footing schemes show james-wigg
    """
    known = _load()
    if scheme_id not in known:
        _say_no(f"There is no scheme {scheme_id}. There are: {', '.join(known)}.")
    content = _content(known, known[scheme_id])
    if as_json:
        print(json.dumps(content, indent=2))
        return
    table = tables.table("field", "value")
    for field, value in content.items():
        if value not in ([], None):
            table.add_row(field, _text(value))
    tables.console().print(table)


@schemes.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A scheme file; without it, all of them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a scheme file: file, line, field and what was expected there.

    Shared areas and funds are those of the schemes' own folder. Example: footing schemes check schemes/wakefield.yaml
    """
    mistakes = mistakes_of(_folder(), file)
    if as_json:
        print(json.dumps({"ok": not mistakes, "mistakes": [asdict(mistake) for mistake in mistakes]}, indent=2))
    elif mistakes:
        table = tables.table("file", "line", "field", "expected")
        for mistake in mistakes:
            table.add_row(mistake.file, str(mistake.line), mistake.field, mistake.expected)
        tables.console().print(table)
    else:
        print(f"{file.name if file else 'Every scheme file'} is right.")
    if mistakes:
        raise typer.Exit(1)


def _load() -> Schemes:
    folder = _folder()
    try:
        return load(folder)
    except SchemeMistakes as error:
        _say_no(str(error))


def _folder() -> Path:
    folder = default_folder()
    if not folder.is_dir():
        raise Missing(f"There is no folder of schemes at {folder}.", "Let SCHEMES_DIR name one, or leave it unset.")
    return folder


def _say_no(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _row(scheme: Scheme) -> dict[str, Any]:
    return {
        "id": scheme.id,
        "title": scheme.title,
        "about": scheme.about,
        "country": scheme.country,
        "opens": scheme.opens.isoformat(),
        "closes": scheme.closes.isoformat() if scheme.closes else None,
        "areas": len(scheme.areas),
        "routes": [taken.route for taken in scheme.routes],
        "measures": list(scheme.measures),
        "illustration": scheme.illustration,
    }


def _content(known: Schemes, scheme: Scheme) -> dict[str, Any]:
    """The scheme as its file says it, with its funds and the successions of its areas written out."""
    content: dict[str, Any] = scheme.model_dump(mode="json", by_alias=True)
    content["funds"] = [
        known.funds[fund].model_dump(mode="json", by_alias=True) | {"shared_by": [s.id for s in known.sharing(fund)]}
        for fund in scheme.funds
    ]
    content["successions"] = TypeAdapter(tuple[Succession, ...]).dump_python(successions(scheme), mode="json")
    return content


def _text(value: Any) -> str:
    """A value for the eye: records one a line, without what they leave empty."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "\n".join(f"- {_record(record)}" for record in value)
    return _record(value) if isinstance(value, dict) else _words(value) if isinstance(value, list) else str(value)


def _record(record: dict[str, Any]) -> str:
    said = {
        key: _text(part).replace("\n- ", "; ").removeprefix("- ")
        for key, part in record.items()
        if part not in ([], None)
    }
    return _words(f"{key}: {part}" for key, part in said.items())


def _words(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)
