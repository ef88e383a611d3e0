"""`python -m notify_service`: one process of the notify service."""

from notify_service.app import build
from notify_service.settings import NotifySettings
from servicekit.service import run

run(lambda: build(NotifySettings()))
