"""Pages for staff who are signed in: live figures, and the way from a figure to what stands behind it."""
