"""Coadds of the stamps of a target over many observations."""
