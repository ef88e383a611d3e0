"""The outcomes service: gate of outcomes and fit-note counts, read models, figures and pages."""
