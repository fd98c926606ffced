"""Children that are forked, of real processes that have one thread, or more."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from tests.support.processes import is_alive, wait_until

BEGIN = (
    "import os, sys, time\nfrom sptjobs.children.forked_process import ForkedProcess, can_fork\n"
)


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + textwrap.dedent(code)],
        env=os.environ | variables, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip


def test_it_has_its_standard_streams_and_a_process_group_and_nothing_else_of_its_parent() -> None:
    done = run("""
        import json
        secret, _ = os.pipe()
        os.dup2(secret, 700)
        sys.stdout.write("[once]")
        def program(words):
            print("to nobody", file=sys.stderr)
            order = sys.stdin.readline()
            open_ones = os.listdir("/proc/self/fd")
            about = [*words, order, os.getpgid(0) == os.getpid(), sorted(map(int, open_ones))]
            print(json.dumps(about), flush=True)
            return 7
        child = ForkedProcess(program, ["a", "b"])
        child.stdin.write(b"order\\n")
        print(child.stdout.read().decode().strip(), child.wait(), child.wait())
    """)
    assert done.stderr == ""
    text = done.stdout.removeprefix("[once]")
    *about, descriptors = json.loads(text[: text.rindex("]") + 1])
    assert about == ["a", "b", "order\n", True]
    # The last is that of the listing.
    assert descriptors == [0, 1, 2, 3]
    assert text[text.rindex("]") + 1 :] == " 7 7\n"


@pytest.mark.parametrize(
    "how", ["raise ValueError", "sys.exit('words')", "raise KeyboardInterrupt"]
)
def test_a_program_that_fails_never_returns_into_what_its_parent_was_at(how: str) -> None:
    done = run(f"""
        def program(words):
            {how}
        try:
            child = ForkedProcess(program, [])
            print(child.wait())
        finally:
            print("once")
    """)
    assert (done.stdout, done.stderr) == ("1\nonce\n", "")


def test_one_that_is_killed_says_by_which_signal_and_may_be_killed_again() -> None:
    done = run("""
        child = ForkedProcess(lambda words: time.sleep(60), [])
        child.kill()
        print(child.wait())
        child.kill()
    """)
    assert done.stdout == f"{-signal.SIGKILL}\n"


def test_a_process_with_one_thread_can_fork() -> None:
    assert run("print(can_fork())").stdout == "True\n"


def test_a_process_with_a_thread_that_python_does_not_know_cannot_fork() -> None:
    code = """
        import ctypes, threading
        libc = ctypes.CDLL(None)
        start = ctypes.cast(libc.pause, ctypes.c_void_p)
        libc.pthread_create(ctypes.byref(ctypes.c_ulong()), None, start, None)
        print(threading.active_count(), can_fork())
    """
    assert run(code).stdout == "1 False\n"


ORDERED = """
    from sptjobs.children.bounds import die_with
    from sptjobs.children.order_loop import respond_to_orders
    from sptjobs.children.ordered_process import OrderedProcess, ProcessEndedError
    def respond(order):
        time.sleep(order["s"])
        return {"pid": os.getpid(), "parent": os.getppid()}
    def program(words):
        die_with(int(words[0]))
        respond_to_orders(sys.stdout.buffer, respond)
        return 0
    process = OrderedProcess("there.is.no.such.module", 1 << 30, (), program)
"""


def test_a_forked_process_that_takes_too_long_is_killed_and_replaced() -> None:
    done = run(ORDERED + """
    first = process.carry_out({"s": 0}, 30)
    assert process.carry_out({"s": 0}, 30) == first
    assert first["parent"] == os.getpid()
    try:
        process.carry_out({"s": 60}, 0.2)
    except ProcessEndedError as error:
        print(error)
    print(process.carry_out({"s": 0}, 30)["pid"] not in (first["pid"], os.getpid()))
    """)  # fmt: skip
    assert done.stdout == "took longer than 0 s\nTrue\n"


def test_a_forked_process_dies_with_its_parent_by_sigkill() -> None:
    code = textwrap.dedent(ORDERED + """
    print(process.carry_out({"s": 0}, 30)["pid"], flush=True)
    process.carry_out({"s": 60}, 60)
    """)  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", BEGIN + code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        wait_until("the child is gone", lambda: not is_alive(pid), 10)
