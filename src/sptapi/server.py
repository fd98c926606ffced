"""Serving: one process, one loop, stopped by SIGTERM or Ctrl-C."""

import asyncio
import logging
import signal

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from sptapi.app import make_app
from sptapi.http.address_length import MAX_LINE
from sptapi.keys import ENGINE, READERS
from sptjobs.background.garbage import collect_seldom
from sptjobs.engine.workload import measured
from sptjobs.maps.site import declare_site
from sptjobs.metrics.serving import registered, served
from sptjobs.settings import Settings
from sptjobs.settings.ports import listening

_log = logging.getLogger("sptapi")
_http_log = logging.getLogger("sptapi.http")

# The keep-alive limit is also what slow headers get; 60 s outlasts a proxy's pause
# between two requests. Bare runners would wait an hour.
_KEEPALIVE_S = 75.0
_SHUTDOWN_S = 15.0

_BACKLOG = 4096
"""Connections that may wait to be accepted: others beyond are tried again by their clients after
one second, then after three, then after seven, whatever they ask for."""


async def serve(settings: Settings) -> int:
    """Serve until asked to stop; running responses are finished first.

    Raises
    ------
    SettingsError
        The port is taken, or the settings do not do.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    declare_site(settings.archive, settings.ivoa_authority)
    app = make_app(settings)
    runner = make_runner(app)
    await runner.setup()
    try:
        with registered(measured(app[ENGINE], loop)), served(settings):
            await app[READERS].warm()
            collect_seldom()
            await _serve_until(stop, runner, settings)
    finally:
        await runner.cleanup()
    return 0


async def _serve_until(stop: asyncio.Event, runner: web.AppRunner, settings: Settings) -> None:
    port = await _listen(runner, settings)
    _log.info('API server listening on port %d at base path "%s"', port, settings.base_path)
    await stop.wait()
    _log.info("stopping")


def make_runner(app: web.Application) -> web.AppRunner:
    """Make what serves the application."""
    return web.AppRunner(
        app,
        access_log=None,  # the outermost middleware writes one line a request
        logger=_http_log,
        keepalive_timeout=_KEEPALIVE_S,
        shutdown_timeout=_SHUTDOWN_S,
        handler_cancellation=True,
        max_line_size=MAX_LINE,
        auto_decompress=False,  # it takes what was cut short for whole
    )


def _without_the_request(record: logging.LogRecord) -> bool:
    """Say of a request that cannot be read only that: aiohttp would quote its headers."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg = f"{record.msg}: {type(error).__name__}"
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


_http_log.addFilter(_without_the_request)


async def _listen(runner: web.AppRunner, settings: Settings) -> int:
    site = web.TCPSite(runner, settings.host, settings.port, backlog=_BACKLOG)
    with listening("SPT_PORT", settings.host, settings.port):
        await site.start()
    return int(runner.addresses[0][1])
