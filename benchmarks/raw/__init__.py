"""What our loops are compared with: the same work by hand, without any guarantee. Each module is a process."""
