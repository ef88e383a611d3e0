"""Tells those who may know: who was permitted, what the table allows, and how they are reached."""
