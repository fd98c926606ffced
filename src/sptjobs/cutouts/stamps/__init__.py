"""Stamps: pixels, WCS, headers and FITS bytes."""
