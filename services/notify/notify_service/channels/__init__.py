"""The ways by which somebody is told, one file each. A channel sends one message or raises `Undelivered`."""
