"""Where the files of the contract stand: examples, pages of topics, change policy, changelog."""

import os
from pathlib import Path


def folder() -> Path:
    """`CONTRACTS_DIR` of the environment, else what this package stands in. FileNotFoundError if it has no examples."""
    found = Path(os.environ.get("CONTRACTS_DIR") or Path(__file__).resolve().parent.parent)
    if not (found / "examples").is_dir():
        raise FileNotFoundError(f"no contract in {found}: let CONTRACTS_DIR name the folder with its examples")
    return found
