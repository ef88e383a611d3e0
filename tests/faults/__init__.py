"""Faults planted in a running system, one after the other: noticed by alert and board, mended by the runbook.

`python -m faults --help` runs it; docs/architecture/recovery.md says what came of it.
"""
