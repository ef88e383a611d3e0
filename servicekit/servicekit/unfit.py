"""Why a service refuses to run: one sentence in the operators' words, which says what is wrong and what to do."""


class Unfit(Exception):  # noqa: N818  says what is wrong
    """Something is not as the guarantees need it. Final: waiting does not mend it."""
