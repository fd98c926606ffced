"""Maps as observations of the Virtual Observatory, and queries for them. Standard library only."""
