"""Story pages: what published sources reported, beside what comes out of events that tell the same."""
