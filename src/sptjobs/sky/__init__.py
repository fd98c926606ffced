"""Regions of the sky: circles, ranges of coordinates and polygons, in plain Python."""
