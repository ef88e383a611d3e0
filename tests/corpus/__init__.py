"""Bad input, in four layers, with what must become of each: see README.md."""
