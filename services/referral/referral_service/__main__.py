"""`python -m referral_service`."""

from referral_service.app import build
from servicekit.service import run

run(build)
