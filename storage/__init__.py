"""Room 2: everything that touches Redis and the file store."""
