"""The server of ``/metrics``: a port of its own, which no ingress knows."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, disable_created_metrics, start_http_server
from prometheus_client.registry import Collector

from sptjobs.settings import Settings, SettingsError

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
    server, thread = _start(settings.host, settings.metrics_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _start(host: str, port: int) -> tuple[WSGIServer, Thread]:
    try:
        return start_http_server(port, host)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SettingsError(
            f"SPT_METRICS_PORT: port {port} of {host} is taken by another program"
        ) from error


@contextmanager
def registered(*collectors: Collector) -> Iterator[None]:
    """Have collectors asked, beside the counters, while the block runs."""
    with ExitStack() as stack:
        for collector in collectors:
            REGISTRY.register(collector)
            stack.callback(REGISTRY.unregister, collector)
        yield
