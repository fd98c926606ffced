"""Tiles of whole maps at all levels of detail, kept in packs; standard library only.

What makes them is ``sptjobs.pyramids.building``.
"""
