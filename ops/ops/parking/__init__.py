"""Parked records as operators see them: in groups, covered, and with what would become of them."""
