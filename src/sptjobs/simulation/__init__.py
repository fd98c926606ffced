"""Simulated SPT-3G maps: like the real files in everything but the sky."""
