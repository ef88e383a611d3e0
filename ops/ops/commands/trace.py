"""`footing trace`: what became of an event, and the whole story of a referral."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from ops.commands.options import AsJson, StackName
from ops.connection import settings_for
from ops.tracing import events, story
from ops.tracing.places import places
from ops.tracing.story import Step, Story
from servicekit.settings import ServiceSettings


def trace(
    event_id: Annotated[str, typer.Argument(metavar="[ID]", help="Id of an event.")] = "",
    *,
    referral: Annotated[str, typer.Option("--referral", help="Instead: the whole story of this referral.")] = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Say what became of each event of this id, of whatever partner: fate, read model, what it is counted in.

    With --referral: all that was said of it and became of that, in order, across services. Exit 1: nothing is known.

    Example: footing trace 0190a0b0-0000-7000-8000-000000000125
    """
    if bool(event_id) + bool(referral) != 1:
        raise typer.BadParameter("say which: the ID of an event, or --referral ID")
    settings = settings_for(stack)
    if event_id:
        _events(asyncio.run(_of_id(settings, event_id)), as_json)
    else:
        _story(asyncio.run(_of_referral(settings, referral)), as_json)


async def _of_id(settings: ServiceSettings, event_id: str) -> list[dict[str, Any]]:
    async with places(settings) as known:
        return await events.of_id(known, event_id)


async def _of_referral(settings: ServiceSettings, referral_id: str) -> Story:
    async with places(settings) as known:
        return await story.of_referral(known, referral_id)


def _events(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, indent=2))
    for answer in () if as_json else found:
        _event(answer)
    if not found:
        _say_no("No partner has an event of this id, as far as receipts are kept.")


def _event(answer: dict[str, Any]) -> None:
    print(f"{answer['partner']}: {answer['type']} {answer['event_id']}, {answer['fate']}")
    for said in answer["history"]:
        print(f"  {said['at']:<28}{said['fate']:<12}{said['place']}  {said.get('reason', '')}".rstrip())
    if projected := answer["projected"]:
        print(f"  in {projected['read_model']}, seen there {projected['seen_at']}")
    for each in answer["counted_in"]:
        print(f"  counted in {_counted_in(each)}")
    if why := answer["not_counted"]:
        more = ", ".join(f"{name} {value}" for name, value in why.items() if name not in ("code", "text") and value)
        print(f"  counted in nothing today: {why['text']}{f' ({more})' if more else ''}")


def _counted_in(each: dict[str, Any]) -> str:
    kind = ", synthetic" if each["synthetic"] else ""
    is_open = ", window still open" if each["open"] else ""
    parts = ", ".join(f"{name} {count}" for name, count in each["parts"].items())
    where = f"{each['scheme_id']}, {each['area']}, {each['definition']}{kind}"
    return f"{each['measure']} ({where}) from {each['counts_from']}{is_open}: {parts}"


def _story(told: Story, as_json: bool) -> None:
    if as_json:
        print(json.dumps(msgspec.to_builtins(asdict(told)), indent=2))
    elif told.is_known:
        _show(told)
    if not told.is_known:
        _say_no("Nothing is known of this referral.")


def _show(told: Story) -> None:
    if told.erased_at is not None:
        print(f"Erased {_written(told.erased_at)}. Nothing more is told of it.")
        return
    kind = {True: ", synthetic", False: "", None: ""}[told.synthetic]
    print(f"{told.referral_id}: {told.scheme_id or 'no referral that stands'} {told.area or ''}{kind}")
    print(_steps(told.steps))
    print("In hand:" if told.in_hand else "Nothing waits, nothing is parked.")
    if told.in_hand:
        print(_steps(told.in_hand))


def _steps(steps: list[Step]) -> str:
    """Two lines a step: what happened, then of which event, where it stands, and what more is known of it."""
    lines = []
    for step in steps:
        lines.append(f"{_written(step.at):<28}{step.service:<10}{step.what:<14}{step.type or ''}".rstrip())
        event = f"{step.event_id} of {step.partner}" if step.partner else step.event_id
        if more := [text for text in (event, step.place, step.about) if text]:
            lines.append(f"    {'; '.join(more)}")
    return "\n".join(lines)


def _written(moment: Any) -> str:
    return str(msgspec.to_builtins(moment))


def _say_no(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
