"""Exit codes of ``sptjobs cutout``."""

DONE, SOME_FAILED, REFUSED, ALL_FAILED, INTERRUPTED = 0, 1, 2, 3, 130
"""Everything has an honest status; some pair or map failed; nothing was done; every pair failed;
Ctrl-C."""
