"""Flat-sky FITS maps: two images, signal and weight, on one grid with a WCS."""
