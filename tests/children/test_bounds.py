"""Real processes within the bounds of a child, and parents that end."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.processes import is_alive, wait_until

DIE = "from sptjobs.children.bounds import die_with; import os, sys, time;"
SLEEP = "print(os.getpid(), flush=True); time.sleep(60)"


def program(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def parent_of(child: str) -> list[str]:
    """A program that starts another, which it tells its own process id, and waits for it."""
    start = f"subprocess.run([sys.executable, '-c', {child!r}, str(os.getpid())])"
    return program(f"import os, subprocess, sys; {start}")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_dies_with_its_parent_however_that_ends(how: signal.Signals) -> None:
    child = f"{DIE} die_with(int(sys.argv[1])); {SLEEP}"
    with subprocess.Popen(parent_of(child), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        os.kill(parent.pid, how)
        parent.wait()
        wait_until("the child is gone", lambda: not is_alive(pid), 10)


def test_a_child_whose_parent_has_gone_already_ends_at_once() -> None:
    gone = subprocess.Popen(program(""))
    gone.wait()
    child = program(f"{DIE} die_with({gone.pid}); {SLEEP}")
    ended = subprocess.run(child, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "the parent is gone\n")


def test_memory_beyond_the_cap_is_refused_and_the_child_goes_on() -> None:
    code = """
        from sptjobs.children.bounds import cap_memory
        cap_memory(200 << 20)
        small = bytes(50 << 20)
        try:
            large = bytes(300 << 20)
        except MemoryError:
            print("refused")
    """
    ended = subprocess.run(program(code), capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "refused\n"


def test_what_a_child_prints_does_not_mix_with_what_its_parent_reads() -> None:
    code = """
        import os
        from sptjobs.children.bounds import take_stdout
        taken = take_stdout()
        print("a library says this", flush=True)
        os.system("echo a program of it says that")
        taken.write(b"a response")
        taken.flush()
    """
    ended = subprocess.run(program(code), capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "a response"
    assert ended.stderr == "a library says this\na program of it says that\n"


def test_nowhere_else_are_these_bounds_made() -> None:
    source = Path(__file__).parents[2] / "src"
    made = {
        file.relative_to(source).as_posix()
        for file in source.rglob("*.py")
        if any(call in file.read_text("utf-8") for call in (".prctl(", "setrlimit("))
    }
    assert made == {"sptjobs/children/bounds.py"}
