"""Free ports on the loopback address."""

import random
import socket

from ops.errors import Missing

HOST = "127.0.0.1"
# Below the range from which the kernel takes ports for outgoing connections, so that none grabs ours before we listen.
RANGE = range(20_000, 32_000)
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Say whether nobody listens on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Say whether somebody accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def take(wanted: int | None, before: int | None, what: str) -> int:
    """Return the wanted port or fail; without one, the port used before if it is free, else any free one."""
    if wanted is not None:
        if not is_free(wanted):
            raise Missing(
                f"Port {wanted} for {what} is taken by another program.",
                "End that program, give another port, or leave the choice of a free port to `footing up`.",
            )
        return wanted
    if before is not None and is_free(before):
        return before
    for port in random.sample(RANGE, ATTEMPTS):
        if is_free(port):
            return port
    raise Missing(f"No free port was found for {what}.", f"Free some ports between {RANGE.start} and {RANGE.stop}.")
