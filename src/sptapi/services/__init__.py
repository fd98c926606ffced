"""What the handlers ask for: jobs, results, files, links. Knows nothing of HTTP."""
