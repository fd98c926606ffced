"""A stack of a real broker and sleepers, for tests of the supervisor alone."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sptjobs.stack.managed_process import ManagedProcess
from sptjobs.stack.probes import free_port
from sptjobs.stack.pulses import http_pulse, touched
from sptjobs.stack.stack_plan import make_plan
from sptjobs.stack.state import held, private_text
from sptjobs.stack.supervisor import StackError, StoppedError, Supervisor

TIMEOUT_S = 1.5
"""Of the stack that is ``watchful``."""

SLEEPER = "import time; print('awake', flush=True); time.sleep(600)"
SLOW = "import time; print('upgrading', flush=True); time.sleep(3)"
SERVING = """
import http.server, sys
address, pages = ("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler
server = http.server.HTTPServer(address, pages)
print("awake", flush=True)
server.serve_forever()
"""
BEATING = """
import pathlib, sys, time
print("awake", flush=True)
while True:
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(0.1)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


def sleeper(name: str, code: str = SLEEPER, *arguments: str) -> ManagedProcess:
    """A process that does nothing for ten minutes, or runs a code of its own."""
    command = (sys.executable, "-c", code, *arguments)
    return ManagedProcess(name, command, dict(os.environ), grace_s=2.0)


def watchful(broker: ManagedProcess, var: Path) -> Iterator[ManagedProcess]:
    """A process for each way of showing that it lives, which may be silent for a moment only."""
    port, beating = free_port("127.0.0.1"), var / "beating"
    first = sleeper("first", SERVING, str(port))
    second = sleeper("second", BEATING, str(beating))
    yield replace(broker, timeout_s=TIMEOUT_S)
    yield replace(first, timeout_s=TIMEOUT_S, pulse=http_pulse("127.0.0.1", port, "/"))
    yield replace(second, timeout_s=TIMEOUT_S, pulse=touched(beating))


def late(name: str, var: Path, *, slow: bool) -> ManagedProcess:
    """A deaf one, which if it is slow responds once there is a file of its name."""
    process = sleeper(name, DEAF)
    return replace(process, ready=(var / name).exists) if slow else process


def run(var: Path, *, slow: bool = False, hasty: bool = False) -> None:
    """Start, watch and stop, as the stack does; slowly, so that there is time to disturb it."""
    with held(var) as runtime:
        supervisor = Supervisor(
            changed=lambda pids: private_text(var / "pids.json", json.dumps(pids)), look_s=0.1
        )
        supervisor.handle_signals()
        try:
            (broker,) = make_plan(var, runtime, {"SPT_PORT": "0"}).broker()
            first, second = sleeper("first"), late("second", var, slow=slow)
            if hasty:
                broker, first, second = watchful(broker, var)
            supervisor.start((broker,))
            if slow:
                supervisor.run_once(sleeper("upgrade", SLOW))
            supervisor.start((first, second))
            supervisor.say("ready")
            supervisor.watch()
        except StoppedError:
            pass
        finally:
            supervisor.stop()


if __name__ == "__main__":
    try:
        run(Path(sys.argv[1]), slow="slow" in sys.argv, hasty="watchful" in sys.argv)
    except StackError as error:
        sys.exit(str(error))
