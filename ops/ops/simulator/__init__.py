"""Synthetic partners: what publishing systems would say of made-up people, by the public contract only."""
