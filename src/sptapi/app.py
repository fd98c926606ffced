"""The application: what it opens, in which order, and what it hands to the handlers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from pathlib import Path

from aiohttp import web

from sptapi.auth.access_tokens import KeySet
from sptapi.auth.long_requests import LongRequests, checked_requests
from sptapi.auth.oidc.client import OidcClient
from sptapi.auth.oidc.group_admin import GroupAdmin
from sptapi.auth.oidc.setup import check_sign_in
from sptapi.auth.oidc.transport import open_transport
from sptapi.auth.policy import granted_group
from sptapi.auth.token_gate import TokenGate
from sptapi.auth.token_usage import recorded_usage
from sptapi.browser.attempts import ATTEMPTS, Attempts
from sptapi.browser.cookies import CookieNames
from sptapi.browser.storage import STORAGE, SealedStorage
from sptapi.keys import (
    ARCHIVE,
    DOWNLOADS,
    ENGINE,
    FEED,
    GATE,
    INDEXES,
    JOB_STATES,
    LATEST_STATUS,
    LINKS,
    LONG_REQUESTS,
    MAP_SEARCH,
    OPEN_REQUESTS,
    OUTCOME_INDEXES,
    PACKS,
    RATES,
    READERS,
    ROWS_TURN,
    SETTINGS,
    SIGN_IN,
    SKY_CATALOGUES,
    TAR_SIZES,
    TILES,
    WATCH,
    WEB_BUILD,
)
from sptapi.middlewares import MIDDLEWARES, add_headers
from sptapi.reading.readers import Readers
from sptapi.routes import add_routes
from sptapi.services.downloads import Downloads
from sptapi.services.health import LatestStatus
from sptapi.services.job_states import JobStates
from sptapi.services.job_tar import KnownSizes
from sptapi.services.links import Links
from sptapi.services.load import LatestLoad
from sptapi.services.map_search import MapSearch
from sptapi.services.maps import Archive
from sptapi.services.open_requests import OpenRequests
from sptapi.services.pack_store import PackStore
from sptapi.services.rates import Rates
from sptapi.services.sign_in import SignIn, sealer
from sptapi.services.sky_catalogues import SkyCatalogues
from sptapi.tiling.tiles import open_tiles
from sptjobs.engine.engine import open_engine
from sptjobs.maps.publisher_ids import PublisherIds
from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.reader import PackIndexes
from sptjobs.settings import Settings
from sptjobs.watching.feed import open_feed
from sptjobs.watching.waiting import open_watch

_WEB_BUILD = Path(__file__).parent / "web"


def make_app(settings: Settings, web_build: Path = _WEB_BUILD) -> web.Application:
    """Make the application; nothing is opened before it starts.

    Parameters
    ----------
    web_build
        Folder of the web app's production build; it may be missing.

    Raises
    ------
    SettingsError
        The key that signs tokens is missing or too short, or signing in cannot work.
    """
    KeySet.of(settings.token_key)
    check_sign_in(settings)
    app = web.Application(middlewares=MIDDLEWARES)
    app[SETTINGS] = settings
    app[LINKS] = Links.of(settings)
    app[INDEXES] = PackIndexes()
    app[OUTCOME_INDEXES] = OutcomeIndexes()
    app[ROWS_TURN] = asyncio.Semaphore(1)
    app[TAR_SIZES] = KnownSizes()
    app[DOWNLOADS] = Downloads()
    app[PACKS] = PackStore(settings.results)
    app[ARCHIVE] = Archive()
    ids = PublisherIds(settings.ivoa_authority)
    app[MAP_SEARCH] = MapSearch.of(ids, app[LINKS].map_links)
    app[LATEST_STATUS] = LatestStatus()
    app[WEB_BUILD] = web_build
    app[READERS] = Readers()
    read_apart = partial(app[READERS].run, "")  # for no user
    app[SKY_CATALOGUES] = SkyCatalogues(settings.catalogues, read_apart)
    app[OPEN_REQUESTS] = OpenRequests()
    _add_cookies(app, settings)
    add_routes(app, settings.base_path)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_opened)
    app.on_shutdown.append(_free_waiters)
    return app


def _add_cookies(app: web.Application, settings: Settings) -> None:
    app[STORAGE] = None
    if not settings.sign_in.issuer:
        return
    names = CookieNames.of(settings)
    lifetime_s = settings.sign_in.lifetime_s
    app[STORAGE] = SealedStorage(sealer(settings, "session"), names, lifetime_s)
    app[ATTEMPTS] = Attempts(sealer(settings, "attempt"), names)
    app.on_response_prepare.append(app[ATTEMPTS].drop_used)


async def _opened(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    settings.results.mkdir(parents=True, exist_ok=True)
    async with (
        open_engine(settings) as engine,
        open_watch(engine) as watch,
        open_feed(engine, watch) as feed,
        open_transport() as transport,
        open_tiles(settings) as tiles,
    ):
        app[TILES] = tiles
        app[ENGINE], app[WATCH], app[FEED] = engine, watch, feed
        app[JOB_STATES] = JobStates(engine.database, LatestLoad(engine.wakeups))
        app[RATES] = Rates.of(dict(settings.rates), engine.wakeups.client)
        app[GATE] = TokenGate.of(settings, engine.database)
        app[SIGN_IN] = None
        if settings.sign_in.issuer:
            client = OidcClient(settings.sign_in, transport, app[LINKS].callback)
            groups = GroupAdmin.of(settings.sign_in, granted_group(settings), transport)
            app[SIGN_IN] = SignIn.of(settings, engine.database, client, groups)
        app[LONG_REQUESTS] = LongRequests(settings, engine.database)
        async with (
            aclosing(app[READERS]),
            aclosing(app[SKY_CATALOGUES]),
            aclosing(app[JOB_STATES]),
            recorded_usage(app[GATE], engine.background),
            checked_requests(app[LONG_REQUESTS], engine.background),
            aclosing(app[OPEN_REQUESTS]),  # before all that handlers use
        ):
            yield


async def _free_waiters(app: web.Application) -> None:
    # Blocking requests end now, so that the server need not wait for them.
    app[WATCH].close_waiters()
    app[FEED].close()
