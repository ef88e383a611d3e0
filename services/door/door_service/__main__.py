"""`python -m door_service`."""

from door_service.app import build
from servicekit.service import run

run(build)
