"""Execution of parts: claiming, supervising the cutting child, finishing."""
