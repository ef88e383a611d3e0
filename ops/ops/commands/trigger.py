"""`footing trigger`: sends a good sample, or a deliberately wrong one, and shows what became of it."""

import asyncio
import json
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any, Final

import typer

from contracts import samples
from contracts.broken import BY_REASON, Mistake
from contracts.envelope import Event, Record
from contracts.publishing.fates import Fate, PublishError
from contracts.publishing.publisher import Publisher
from contracts.reasons import REASONS
from ops.commands.options import AsJson
from ops.connection import kafka_connection
from ops.errors import Missing
from ops.ways_in import TokenFile, Way, publisher

_MOST_SHOWN: Final = 2_000


@dataclass(frozen=True)
class Sent:
    """One record that was sent, and what became of it."""

    record: Record
    fate: Fate


def trigger(
    event: Annotated[str, typer.Argument(metavar="EVENT", help=f"One of {', '.join(samples.EVENTS)}.")],
    *,
    broken: Annotated[
        str, typer.Option(metavar="REASON", help=f"Make this mistake: one of {', '.join(BY_REASON)}.")
    ] = "",
    partner: Annotated[str, typer.Option(help="Who says it.")] = "acme",
    scheme: Annotated[str, typer.Option(help="The scheme that a sample refers to.")] = samples.SCHEME,
    via: Annotated[Way, typer.Option(help="To the inbox topics, or through the door.")] = Way.KAFKA,
    token_file: TokenFile = None,
    stack: Annotated[str, typer.Option(help="Stack to use where KAFKA_URL or DOOR_URL is not set.")] = "dev",
    as_json: AsJson = False,
) -> None:
    """Send a sample, good or with one mistake in it, and show what was sent and what became of it. It is all made up.

    What is about a referral is sent behind one of its own. Exit 1: it was not accepted, or not refused for its reason.

    Example: footing trigger session-held --broken field_missing --partner acme
    """
    mistake = _mistake(event, broken, via)
    opened = publisher(partner, via, kafka=partial(kafka_connection, stack), stack=stack, token_file=token_file)
    try:
        sent = asyncio.run(_send(opened, event, mistake, scheme))
    except (PublishError, OSError) as error:
        raise Missing(f"No answer: {error}.", f"Is {partner} registered, and does everything run?") from None
    if as_json:
        print(json.dumps([_row(each) for each in sent], indent=2))
    else:
        print("\n\n".join(_text(each) for each in sent))
    fate = sent[-1].fate
    if (fate.reason or fate.fate) != (mistake.reason if mistake else "accepted"):
        raise typer.Exit(1)


async def send(to: Publisher, event: str, mistake: Mistake | None, scheme: str = samples.SCHEME) -> list[Sent]:
    """Send the sample through an open publisher, behind a referral of its own if it needs one to be accepted."""
    sent = []
    if event in ("referral-made", "fit-notes-counted"):
        said = samples.sample(event, to.partner, scheme=scheme)
    else:
        referral = samples.referral_made(to.partner, scheme=scheme)
        if mistake is None:
            sent.append(await _sent(to, referral, samples.record(referral)))
        said = samples.about(event, referral)
    record = samples.record(said)
    return [*sent, await _sent(to, said, mistake.made_in(event, record) if mistake else record)]


async def _send(opened: Publisher, event: str, mistake: Mistake | None, scheme: str) -> list[Sent]:
    async with opened as to:
        return await send(to, event, mistake, scheme)


async def _sent(to: Publisher, event: Event[Any], record: Record) -> Sent:
    return Sent(record, await to.send(event, record))


def _mistake(event: str, reason: str, via: Way) -> Mistake | None:
    if event not in samples.EVENTS:
        raise typer.BadParameter(f"one of {', '.join(samples.EVENTS)}", param_hint="EVENT")
    if not reason:
        return None
    mistake = BY_REASON.get(reason)
    if mistake is None:
        raise typer.BadParameter(f"one of {', '.join(BY_REASON)}", param_hint="--broken")
    if event not in mistake.fields:
        raise typer.BadParameter(f"only {', '.join(mistake.fields)} can be so", param_hint="--broken")
    if via is Way.HTTP and not mistake.by_http:
        raise typer.BadParameter("only a record of Kafka can be so", param_hint="--broken")
    return mistake


def _row(sent: Sent) -> dict[str, Any]:
    record = sent.record
    return {
        "topic": record.topic,
        "key": _shown(record.key),
        "headers": {name: _shown(value) for name, value in record.headers},
        "value": _shown(record.value),
        "fate": {name: value for name, value in asdict(sent.fate).items() if value is not None} | _moment(sent.fate),
    }


def _moment(fate: Fate) -> dict[str, str]:
    return {"at": fate.at.isoformat()} if fate.at else {}


def _text(sent: Sent) -> str:
    row, fate = _row(sent), sent.fate
    lines = [f"{row['topic']}, key {row['key'] or 'none'}"]
    lines += [f"  {name}: {value}" for name, value in row["headers"].items()]
    lines += [f"  {row['value'] or 'no value'}", f"-> {fate.reason or fate.fate}" + _place(fate)]
    if reason := REASONS.get(fate.reason or ""):
        lines.append(f"   {reason.meaning} {reason.remedy}")
    return "\n".join(lines)


def _place(fate: Fate) -> str:
    place = f" at {fate.field}" if fate.field else ""
    return place + (f", expected: {fate.expected}" if fate.expected else "")


def _shown(value: bytes | None) -> str | None:
    """What stands there, cut where it is long: a value can be deliberately too large."""
    if value is None:
        return None
    text = value.decode(errors="backslashreplace")
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN].rstrip()} ... ({len(text):,} characters)"
