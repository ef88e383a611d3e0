"""The rebuild of read models, as `footing rebuild` runs it."""
