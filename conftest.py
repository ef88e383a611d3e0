"""What every test of this repository may ask for: see `tests/support/real_parts.py`."""

pytest_plugins = ["support.real_parts"]
