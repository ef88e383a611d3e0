"""What operators do: one file a command, listed in `ops.main.COMMANDS`."""
