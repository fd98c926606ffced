"""Versions of the software that stamps depend on."""

from importlib.metadata import version

VERSIONS = {name: version(name) for name in ("numpy", "astropy", "reproject")}
"""Name of each package to its version."""
