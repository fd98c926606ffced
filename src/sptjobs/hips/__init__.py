"""Surveys (HiPS): coadds as tiles of HEALPix cells, for Aladin and its like; standard library only.

What makes them is ``sptjobs.hips.building``.

References
----------
IVOA HiPS 1.0, sections 4 (files) and 5 (lists of surveys).
"""
