"""Figures worked out from the journeys when they are asked for: by any dimension, as of any day, as known then."""
