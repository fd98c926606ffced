"""Tools of Kubernetes, fetched once into a cache, and a cluster of one node on this machine."""
