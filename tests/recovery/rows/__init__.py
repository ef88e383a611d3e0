"""The rows, one a file: each module here has a `ROW`."""

import importlib
import pkgutil

from recovery.row import Row


def every() -> dict[str, Row]:
    """All rows by name, in the order of their file names."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    rows: list[Row] = [importlib.import_module(f"{__name__}.{module}").ROW for module in modules]
    return {row.name: row for row in rows}
