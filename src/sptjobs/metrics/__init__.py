"""What processes tell Prometheus: counters, what is measured when asked, and the server."""
