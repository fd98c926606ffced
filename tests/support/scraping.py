"""Metrics as Prometheus reads them."""

from types import MappingProxyType
from typing import Any, Final

import requests
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

import sptapi.metrics
import sptjobs.metrics.part_counts
import sptjobs.metrics.purged
import sptjobs.metrics.results_sweep
from sptjobs.metrics.measures import Measured, MeasuredBacklog
from sptjobs.metrics.occupancy import Occupancy

COUNTING: Final = (
    sptapi.metrics,
    sptjobs.metrics.part_counts,
    sptjobs.metrics.purged,
    sptjobs.metrics.results_sweep,
)
"""Modules whose counters register themselves."""

_ENDINGS: Final = MappingProxyType(
    {
        "counter": ("_total",),
        "gauge": ("",),
        "histogram": ("_bucket", "_count", "_sum"),
        "info": ("_info",),
    }
)

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Samples:
    """Every sample, by its name and labels; none stands there twice."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def scraped(port: int) -> Samples:
    """Ask a process for its metrics."""
    response = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=15)
    assert response.status_code == 200, response.text
    return parsed(response.text)


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def names(samples: Samples) -> set[str]:
    return {name for name, _ in samples}


def documented_names() -> set[str]:
    """Every name of our own that API server and workers export, whatever its labels."""
    collectors: list[Any] = [Measured, MeasuredBacklog, Occupancy]
    families = [family for each in collectors for family in each.describe(None)]
    families += [family for family in REGISTRY.collect() if family.name.startswith("spt")]
    return {family.name + ending for family in families for ending in _ENDINGS[family.type]}
