"""What other people's programs say of what is here. See README.md."""
