"""`python -m case_service`."""

from case_service.app import build
from servicekit.service import run

run(build)
