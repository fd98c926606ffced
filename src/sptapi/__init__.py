"""The API server of the SPT-3G data service: HTTP in, job records out."""
