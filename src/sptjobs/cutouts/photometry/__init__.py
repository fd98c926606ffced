"""Flux densities of point sources at given places: one module a way to measure them."""
