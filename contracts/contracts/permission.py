"""PermissionGiven and PermissionWithdrawn: who may be told what; a withdrawal stops sharing at once."""

from contracts import vocabulary as v
from contracts.envelope import AboutReferral, Day


class _PermissionChanged(AboutReferral):
    """A recipient, a purpose, and the day the person said so."""

    recipient: v.Recipient
    """Who may, or may no longer, be told."""
    purpose: v.Purpose
    """What they may, or may no longer, be told."""
    on: Day
    """The day on which the person said so."""


class PermissionGiven(_PermissionChanged):
    """A permission was given: from `on`, `recipient` may be told for `purpose`."""


class PermissionWithdrawn(_PermissionChanged):
    """A permission was withdrawn: from `on`, `recipient` may no longer be told for `purpose`."""
