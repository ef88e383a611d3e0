"""What is wrong now as alert rules would say it, and what it does to the numbers: one list for status and board."""
