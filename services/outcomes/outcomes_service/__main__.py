"""`python -m outcomes_service`."""

from outcomes_service.app import build
from servicekit.service import run

run(build)
