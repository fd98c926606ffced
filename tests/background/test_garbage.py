"""Collections leave out what a process has loaded, and still find what it makes afterwards."""

import subprocess
import sys
import textwrap


def test_what_was_loaded_is_left_out_and_cycles_made_later_are_collected() -> None:
    program = textwrap.dedent(
        """
        import gc, weakref
        from sptjobs.background.garbage import collect_seldom

        class Node:
            pass

        loaded = [[] for _ in range(50_000)]
        collect_seldom()
        assert gc.get_freeze_count() > 50_000
        assert gc.isenabled()

        def cycle():
            node = Node()
            node.me = node
            return weakref.ref(node)

        # By itself, and not only when it is asked to.
        made = cycle()
        kept = [[] for _ in range(200_000)]
        assert made() is None
        """
    )
    subprocess.run([sys.executable, "-c", program], check=True)
