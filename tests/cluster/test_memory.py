"""Memory stays below the limits while the largest job that a user may have is done."""

import logging
from dataclasses import dataclass, field

from k8s.lab.processes import LabError
from sptjobs.settings import Limits
from tests.cluster.disturbing import killed_for_memory
from tests.cluster.site import Release
from tests.support.beside import every
from tests.support.service import grid_of_targets

_log = logging.getLogger(__name__)

COMPONENTS = ("api", "control", "execute")
# The files of control groups, version 1 and 2: what is used and cannot be taken back is anonymous.
READ = """
cd /sys/fs/cgroup/memory 2>/dev/null || cd /sys/fs/cgroup
cat memory.stat
echo limit $(cat memory.limit_in_bytes memory.max 2>/dev/null)
"""
ANONYMOUS = ("total_rss", "anon")


@dataclass
class Watched:
    """The largest amount of anonymous memory that a pod of each component had, and its limit."""

    release: Release
    most: dict[str, int] = field(default_factory=dict)
    limit: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        for component in COMPONENTS:
            for pod in self.release.pods(component):
                self._look(component, pod)

    def _look(self, component: str, pod: str) -> None:
        try:
            text = self.release.kube("exec", pod, "-c", component, "--", "sh", "-c", READ)
        except LabError:
            return  # a pod that ends just now
        lines = dict(line.split(maxsplit=1) for line in text.splitlines())
        used = next(int(lines[name]) for name in ANONYMOUS if name in lines)
        self.most[component] = max(self.most.get(component, 0), used)
        self.limit[component] = int(lines["limit"])


def test_memory_limits_hold_under_the_largest_job(production: Release) -> None:
    count = Limits().targets
    largest = {"positions": grid_of_targets(count), "size": 2, "bands": ["90GHz"]}
    seen = Watched(production)
    with every(0.2, seen.look):
        url = production.member.create(largest)
        production.member.wait_completed(url, 900)
    for component in COMPONENTS:
        used, limit = seen.most[component] / 2**20, seen.limit[component] / 2**20
        _log.warning("%s: %.0f of %.0f MiB with %d targets", component, used, limit, count)
        assert 10 < used < 0.9 * limit < 16_384, component
    assert killed_for_memory(production) == []
    production.member.session.delete(url, timeout=60)
