"""The measures: one file each, declared in `catalogue`."""
