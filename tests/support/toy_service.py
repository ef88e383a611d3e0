"""The toy as a process of its own, set up by the environment: `python -m support.toy_service`."""

from servicekit.running import Service
from servicekit.service import run
from servicekit.settings import ServiceSettings
from support import toy


def build() -> Service:
    """One loop and nothing else."""
    return Service("toy", ServiceSettings(), loops=(toy.LOOP,))


if __name__ == "__main__":
    run(build)
