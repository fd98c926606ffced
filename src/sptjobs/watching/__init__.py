"""Watching jobs for clients: blocking requests and event streams."""
