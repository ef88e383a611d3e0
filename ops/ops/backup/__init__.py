"""A copy of the databases as of one moment, and how they come back from it."""
