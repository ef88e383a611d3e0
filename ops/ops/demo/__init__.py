"""The demo: everything real, brought up, spoken to, watched until it is settled, and its figures held to account."""
