"""What operators see of queues, workers and everybody's jobs: trees, and pages of the same."""
