"""What `footing check` does: bytes of a file to what was meant by them, a verdict on each, the rule and a right one."""
