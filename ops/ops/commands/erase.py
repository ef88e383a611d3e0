"""`footing erase`: forget a person."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pymongo import AsyncMongoClient

from contracts.vocabulary import ERASURE_REASONS
from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import settings_for
from referral_service.app import NAME
from referral_service.domain import person_key
from referral_service.store import Erased
from referral_service.store import erase as erase_persons
from servicekit.days import to_milliseconds
from servicekit.settings import ServiceSettings

_NEITHER: Final = "say who: --partner, --scheme and --token-file together, or --referral"


def erase(
    *,
    partner: Annotated[str, typer.Option(help="The partner whose token names the person.")] = "",
    scheme: Annotated[str, typer.Option(help="The scheme in which it does.")] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="A file that holds the token: never an argument.", exists=True)
    ] = None,
    referral: Annotated[str, typer.Option(help="Instead of a token: any referral of the person.")] = "",
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(ERASURE_REASONS)}.")] = ERASURE_REASONS[0],
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Forget a person of one partner and scheme: the name behind the token, and every referral of theirs.

    Every service forgets what it keeps as it hears of it. Exit 1: nothing is kept of such a person.

    Example: footing erase --partner acme --scheme james-wigg --token-file token.txt
    """
    if reason not in ERASURE_REASONS:
        raise typer.BadParameter(f"one of {', '.join(ERASURE_REASONS)}", param_hint="--reason")
    whom: dict[str, Any] = {"referrals": [referral]}
    if not referral:
        if not partner or not scheme or token_file is None:
            raise typer.BadParameter(_NEITHER)
        whom = {"persons": [person_key(partner, scheme, token_file.read_text().strip())]}
    settings = settings_for(stack)
    with audited(settings, f"erase, {reason}", why) as entry:  # nothing of whom: that would outlive the erasure
        erased = asyncio.run(_erase(settings, whom, reason))
        entry.after = {"persons": erased.persons, "referrals": erased.referrals}
    if as_json:
        print(json.dumps({"persons": erased.persons, "referrals": erased.referrals}))
    else:
        print(f"Forgotten: {erased.persons} person(s), {erased.referrals} referral(s).")
    if not erased.persons and not erased.referrals:
        raise typer.Exit(1)


async def _erase(settings: ServiceSettings, whom: dict[str, Any], reason: str) -> Erased:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    async with client:
        database = client[settings.database_prefix + NAME]
        now = to_milliseconds(datetime.now(UTC))
        return await erase_persons(database, settings.kafka_connection(), **whom, reason=reason, at=now)
