"""A case for each referral: gate of sessions, and what is due."""
