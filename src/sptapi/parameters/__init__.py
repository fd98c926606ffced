"""The bytes that a client sends, as names and values. Knows nothing of HTTP's machinery."""
