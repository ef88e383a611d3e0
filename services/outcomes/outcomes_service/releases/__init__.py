"""Releases: frozen, versioned, protected tables. Public pages read these and nothing else."""
