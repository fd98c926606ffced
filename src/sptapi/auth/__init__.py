"""Who asks, and what they may do. Knows nothing of HTTP beyond the header's text."""
