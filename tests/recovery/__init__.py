"""The recovery suite: real Kafka, MongoDB and service processes are broken on purpose; nothing may be lost or doubled.

`python -m recovery --help` runs it, `README.md` beside this file says how a row is written.
"""
