"""Real Kafka and MongoDB on this machine: `start`, `find`, `all_stacks`, and the `Stack` that they return."""

from ops.localstack.stack import Stack, all_stacks, find, start

__all__ = ["Stack", "all_stacks", "find", "start"]
