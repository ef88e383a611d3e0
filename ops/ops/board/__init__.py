"""The operators' board: how everything stands, as pages, live; and what operators do about it.

A process of its own: it still answers when a service, Kafka or MongoDB is away. How a page is added: `ops.board.frame`.
"""
