"""What can be seen on this machine: settings, secrets, versions, memory, disk, schemes."""

import ipaddress
import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final

import psutil
from packaging.requirements import Requirement
from pydantic import ValidationError

import schemes
from ops.doctor.finding import Finding, fine, wrong
from ops.services import SERVICES
from schemes import register
from servicekit.settings import ServiceSettings

_HERE: Final = "this machine"
_OLDEST_PYTHON: Final = (3, 11)
_LEAST_MEMORY_BYTES: Final = 512 * 1024 * 1024  # five services take about 100 MB each
LEAST_FREE: Final = 0.1  # of a disk: MongoDB and Kafka stop writing where none is left
_OURS: Final = "footing-"


def look(settings: ServiceSettings, folder: Path) -> Iterator[Finding]:
    """Everything here; `folder` is where data are kept, or where we are."""
    yield from _settings(settings)
    yield _python()
    yield _packages()
    yield _memory()
    yield disk(_HERE, f"disk of {folder}", *shutil.disk_usage(folder)[::2])
    yield from _reference()


def disk(where: str, what: str, size: float, free: float) -> Finding:
    """Whether enough of a disk is free."""
    said = f"{free / 1e9:.1f} of {size / 1e9:.0f} GB are free"
    if free < LEAST_FREE * size:
        return wrong(where, what, said, "Make room, or take a larger disk: see docs/operate/doctor.md#disk")
    return fine(where, what, said)


def _settings(settings: ServiceSettings) -> Iterator[Finding]:
    for name in SERVICES:
        kind = getattr(import_module(f"{name}_service.settings"), f"{name.capitalize()}Settings")
        try:
            made = kind(kafka_url=settings.kafka_url, mongo_url=settings.mongo_url)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            variable = "_".join(str(part) for part in first["loc"]).upper()
            yield wrong(
                name, "settings", f"{variable}: {first['msg']}", f"Set {variable} as {name}'s settings.py says."
            )
            continue
        problems = [*_open_to_all(name, made), *_secrets(name, made)]
        yield from problems or [fine(name, "settings", "can be read")]


def _open_to_all(name: str, settings: ServiceSettings) -> Iterator[Finding]:
    if not getattr(settings, "live_without_sign_in", False) or _is_loopback(settings.http_host):
        return
    said = f"live figures are shown to whoever asks at {settings.http_host}"
    yield wrong(name, "LIVE_WITHOUT_SIGN_IN", said, "Set it to false, or HTTP_HOST to 127.0.0.1.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets(name: str, settings: ServiceSettings) -> Iterator[Finding]:
    """Files that settings name: there, readable by us; those that hold secrets by no stranger."""
    files: Mapping[str, Any] = {field: value for field, value in settings if field.endswith("_file") and value}
    for field, path in files.items():
        variable = field.upper()
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield wrong(name, variable, f"{path}: {error.strerror}", f"Put the file there, or set {variable} anew.")
            continue
        if not os.access(path, os.R_OK):
            yield wrong(name, variable, f"{path} cannot be read by this user", f"chown it to who runs {name}.")
        elif mode & stat.S_IRWXO and not field.endswith("_ca_file"):
            yield wrong(
                name, variable, f"{path} can be read by everybody ({stat.S_IMODE(mode):o})", f"chmod 600 {path}"
            )


def _python() -> Finding:
    running = platform.python_version()
    if sys.version_info < _OLDEST_PYTHON:
        return wrong(_HERE, "Python", running, "Install Python 3.11 or later, then: make setup")
    return fine(_HERE, "Python", running)


def _packages() -> Finding:
    """Whether what is installed is what our packages ask for: some are pinned because we look inside them."""
    asked = {
        requirement
        for one in metadata.distributions()
        if one.metadata["Name"].startswith(_OURS)
        for requirement in one.requires or ()
        if not requirement.startswith(_OURS)
    }
    others = sorted(filter(None, (_other_than(Requirement(requirement)) for requirement in asked)))
    if others:
        return wrong(_HERE, "packages", "; ".join(others), "Install what the lock file says: make setup")
    return fine(_HERE, "packages", f"{len(asked)} requirements are met")


def _other_than(asked: Requirement) -> str | None:
    if asked.marker is not None and not asked.marker.evaluate():
        return None
    try:
        there = metadata.version(asked.name)
    except metadata.PackageNotFoundError:
        return f"{asked.name} is missing"
    return (
        None if asked.specifier.contains(there, prereleases=True) else f"{asked.name} is {there}, not {asked.specifier}"
    )


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    said = f"{available / 1e9:.1f} GB are available"
    if available < _LEAST_MEMORY_BYTES:
        return wrong(_HERE, "memory", said, "End what else runs here, or take a larger machine.")
    return fine(_HERE, "memory", said)


def _reference() -> Iterator[Finding]:
    try:
        yield fine(_HERE, "schemes", f"{len(schemes.load())} can be read")
        register.load()
        yield fine(_HERE, "register of practices", "can be read")
    except (OSError, ValueError) as error:
        yield wrong(_HERE, "schemes", str(error).splitlines()[0], "See: footing schemes check")
