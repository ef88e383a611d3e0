"""`/openapi.json`: what the routes say of themselves, and the schemas and examples that they refer to."""
