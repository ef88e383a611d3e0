"""What the command says when it cannot go on."""


class Missing(Exception):  # noqa: N818 - it reads as what it says: raise Missing(...)
    """Something that the command needs is not there: exit 3.

    `message` is one sentence that says what; `hint` says what to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint
