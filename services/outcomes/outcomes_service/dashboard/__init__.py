"""The pages: rendered on the server, working without script."""
