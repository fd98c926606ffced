"""The server of ``/metrics``: a port of its own, which no ingress knows."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prometheus_client import REGISTRY, disable_created_metrics, start_http_server
from prometheus_client.registry import Collector

from sptjobs.settings import Settings
from sptjobs.settings.ports import listening

# The times at which counters began would be as many series again, and nobody asks for them.
disable_created_metrics()  # type: ignore[no-untyped-call]


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """Serve this process's metrics from a thread while the block runs, if there is a port.

    Raises
    ------
    SettingsError
        The port is taken.
    """
    if not settings.metrics_port:
        yield
        return
    with listening("SPT_METRICS_PORT", settings.host, settings.metrics_port):
        server, thread = start_http_server(settings.metrics_port, settings.host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def registered(*collectors: Collector) -> Iterator[None]:
    """Have collectors asked, beside the counters, while the block runs."""
    with ExitStack() as stack:
        for collector in collectors:
            REGISTRY.register(collector)
            stack.callback(REGISTRY.unregister, collector)
        yield
