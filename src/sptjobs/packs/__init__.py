"""Packs: what a finished part leaves behind, and how it is read back.

Standard library only: the child writes packs, the API reads them.

A pack is a folder ``<job>/<part>-<attempt>-<random>`` that is written once and
never changed. It holds

``pack.tar``
    The files, as tar members without the two closing blocks, so that packs put
    one after the other are one tar.
``files.jsonl``
    One ``PackedFile`` a line, in the order of the members.
``outcomes.jsonl``
    One ``Outcome`` a line, for each combination of target and map of the part.
``points.jsonl``
    Where light curves were asked for: their points (``sptjobs.packs.points``).
``plan.jsonl``
    In the pack of part 0 only: line n is the ``PartPlan`` of part n, line 0 that
    of part 0 itself.
"""
