"""A stack of a real broker and sleepers, for tests of the supervisor alone."""

import json
import os
import sys
from pathlib import Path

from sptjobs.stack.managed_process import ManagedProcess
from sptjobs.stack.stack_plan import make_plan
from sptjobs.stack.state import held, private_text
from sptjobs.stack.supervisor import StackError, StoppedError, Supervisor

SLEEPER = "import time; print('awake', flush=True); time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


def sleeper(name: str, code: str = SLEEPER) -> ManagedProcess:
    """A process that does nothing for ten minutes."""
    return ManagedProcess(name, (sys.executable, "-c", code), dict(os.environ), grace_s=2.0)


def run(var: Path) -> None:
    """Start, watch and stop, as the stack does."""
    with held(var) as runtime:
        supervisor = Supervisor(
            changed=lambda pids: private_text(var / "pids.json", json.dumps(pids))
        )
        supervisor.handle_signals()
        try:
            supervisor.start(make_plan(var, runtime, {"SPT_PORT": "0"}).broker())
            supervisor.start((sleeper("first"), sleeper("second", DEAF)))
            supervisor.say("ready")
            supervisor.watch()
        except StoppedError:
            pass
        finally:
            supervisor.stop()


if __name__ == "__main__":
    try:
        run(Path(sys.argv[1]))
    except StackError as error:
        sys.exit(str(error))
