"""The core of delivery run over a simulated MongoDB and Kafka in virtual time, one history a seed: see README.md."""
