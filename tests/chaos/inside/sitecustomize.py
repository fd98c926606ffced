"""Python imports this at the start of every process of a stack in a storm.

``PYTHONPATH`` names this folder, ``CHAOS_DIR`` the one by which the storm talks to
the processes. Nothing but the supervisor, workers, API servers and cutting children
is touched.
"""

import os
import sys


def _begin() -> None:
    folder = os.environ.get("CHAOS_DIR")
    is_service = "worker" in sys.orig_argv or "serve" in sys.orig_argv
    if folder and (is_service or "sptjobs.execution.child.main" in sys.orig_argv):
        from tests.chaos.inside import entering

        entering.enter(folder, is_service=is_service)
    elif folder and "sptjobs.stack" in sys.orig_argv:
        from tests.chaos.inside import haste

        haste.hurry_supervisor()


_begin()
