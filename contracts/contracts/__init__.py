"""What is said: the events of work-and-health support, their rules and their wire form."""
