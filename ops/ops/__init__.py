"""What operators do: the `footing` command, the local stack, the simulator."""
