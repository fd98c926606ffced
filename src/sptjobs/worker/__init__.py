"""The worker process and its Dramatiq actors."""
