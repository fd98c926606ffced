"""Formats of map files: what planning and cutting need of a map, whatever file it is in."""
