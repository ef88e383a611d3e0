"""Gate of referrals and permissions: what they say of a person stays behind it."""
