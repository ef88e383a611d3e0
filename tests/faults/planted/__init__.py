"""Faults within a process of a service: modules with a `plant(service)`, which the nursery calls as it starts a life.

They stand here, and no service knows of them.
"""
