"""How a message is received safely: fold, then one transaction. It names no event and no service."""
