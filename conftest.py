"""What every test of this repository may ask for: see `real_parts.py`, `stage.py` and `whole.py` of `tests/support`."""

# Imported before any test is: a room's folder has the name of its package, and pytest, naming tests by their path,
# would otherwise take the folder for the package.
import contracts
import ops
import schemes
import servicekit

__all__ = ["contracts", "ops", "schemes", "servicekit"]
pytest_plugins = ["support.real_parts", "support.stage", "support.whole"]
