"""How everything stands: asked of the services, and of MongoDB and Kafka where one does not answer."""
