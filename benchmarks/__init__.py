"""What Footing costs and how fast it is, on real Kafka and MongoDB: `make bench`, or `python -m benchmarks --help`."""
