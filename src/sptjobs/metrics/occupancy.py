"""What an execute worker tells of its slots when Prometheus asks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_NAME = "sptjobs_children"
_TEXT = "Cutting children of this worker: at work on a part, idle, or gone and not yet replaced"


@dataclass(frozen=True, slots=True, eq=False)
class Occupancy(Collector):
    """The children of an executor, by what they do.

    Parameters
    ----------
    states
        Gives the state of each slot's child: ``busy``, ``idle`` or ``gone``.
    """

    states: Callable[[], Iterable[str]]

    def describe(self) -> Iterable[Metric]:
        """Name what there may be."""
        yield GaugeMetricFamily(_NAME, _TEXT, labels=["state"])

    def collect(self) -> Iterator[Metric]:
        """Look at the slots."""
        counts = {"busy": 0, "idle": 0, "gone": 0}
        for state in self.states():
            counts[state] += 1
        family = GaugeMetricFamily(_NAME, _TEXT, labels=["state"])
        for state, count in counts.items():
            family.add_metric([state], count)
        yield family
