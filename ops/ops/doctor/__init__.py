"""Looks whether everything is as the services need it, and says what to do where it is not. It changes nothing."""
