"""Tiles of the maps: out of the cache, or made in processes of their own, which can be killed."""
