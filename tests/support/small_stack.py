"""A stack of a real broker and sleepers, for tests of the supervisor alone."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from sptjobs.stack.managed_process import ManagedProcess
from sptjobs.stack.stack_plan import make_plan
from sptjobs.stack.state import held, private_text
from sptjobs.stack.supervisor import StackError, StoppedError, Supervisor

SLEEPER = "import time; print('awake', flush=True); time.sleep(600)"
SLOW = "import time; print('upgrading', flush=True); time.sleep(3)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


def sleeper(name: str, code: str = SLEEPER) -> ManagedProcess:
    """A process that does nothing for ten minutes."""
    return ManagedProcess(name, (sys.executable, "-c", code), dict(os.environ), grace_s=2.0)


def late(name: str, var: Path, *, slow: bool) -> ManagedProcess:
    """A deaf one, which if it is slow responds once there is a file of its name."""
    process = sleeper(name, DEAF)
    return replace(process, ready=(var / name).exists) if slow else process


def run(var: Path, *, slow: bool) -> None:
    """Start, watch and stop, as the stack does; slowly, so that there is time to disturb it."""
    with held(var) as runtime:
        supervisor = Supervisor(
            changed=lambda pids: private_text(var / "pids.json", json.dumps(pids))
        )
        supervisor.handle_signals()
        try:
            supervisor.start(make_plan(var, runtime, {"SPT_PORT": "0"}).broker())
            if slow:
                supervisor.run_once(sleeper("upgrade", SLOW))
            supervisor.start((sleeper("first"), late("second", var, slow=slow)))
            supervisor.say("ready")
            supervisor.watch()
        except StoppedError:
            pass
        finally:
            supervisor.stop()


if __name__ == "__main__":
    try:
        run(Path(sys.argv[1]), slow="slow" in sys.argv)
    except StackError as error:
        sys.exit(str(error))
