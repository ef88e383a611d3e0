"""`footing trigger` says what it cannot send before it sends. What it sends: `tests/test_publishers.py`, the walk."""

import pytest
from typer.testing import CliRunner

from ops.errors import Missing
from ops.main import build

NOWHERE = {"KAFKA_URL": "127.0.0.1:9", "DOOR_URL": "http://127.0.0.1:9", "COLUMNS": "200"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("session-imagined",), "one of referral-made"),
        (("session-held", "--broken", "out_of_sorts"), "one of record_empty"),
        (("session-held", "--broken", "not_voluntary"), "only referral-made can be so"),
        (("session-held", "--broken", "key_missing", "--via", "http"), "only a record of Kafka can be so"),
    ],
)
def test_what_cannot_be_is_used_wrongly(words: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(build("trigger"), ["trigger", *words], env=NOWHERE)
    assert done.exit_code == 2
    assert why in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("referral-made", "--via", "http"), "The door asks for the partner's token."),
        (("referral-made",), "Kafka does not answer"),
    ],
)
def test_what_is_not_there_is_missing(words: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(build("trigger"), ["trigger", *words], env=NOWHERE)
    assert isinstance(done.exception, Missing)
    assert why in done.exception.message
