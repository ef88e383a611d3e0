"""What rows break parts with: proxies before Kafka and each mongod, fail points, members and a broker to be killed."""
