"""`python -m notify_service`."""

from notify_service.app import build
from servicekit.service import run

run(build)
