"""The archive of maps: what a map file says of itself, and simulated maps."""
