"""The registry of partners: which publishing systems there are, and what each may say. `footing partner` keeps it."""

import msgspec


class Partner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One publishing system. `number` is its part of every identity and never changes.

    `token_hash` is the SHA-256 (hex) of its token at the door; the token itself is shown once and never stored.
    """

    name: str = msgspec.field(name="_id")
    number: int
    schemes: frozenset[str]
    events: frozenset[str]
    token_hash: str = ""
    testing: bool = False
    disabled: bool = False
