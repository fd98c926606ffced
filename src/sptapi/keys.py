"""Typed keys of what the application and a request carry."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

from aiohttp import web

from sptapi.auth.identity import Identity
from sptapi.auth.long_requests import LongRequests
from sptapi.auth.policy import Access
from sptapi.auth.token_gate import TokenGate
from sptapi.reading.readers import Readers
from sptapi.services.downloads import Downloads
from sptapi.services.health import LatestStatus
from sptapi.services.job_states import JobStates
from sptapi.services.job_tar import KnownSizes
from sptapi.services.links import Links
from sptapi.services.map_search import MapSearch
from sptapi.services.maps import Archive
from sptapi.services.open_requests import OpenRequests
from sptapi.services.pack_store import PackStore
from sptapi.services.rates import Rates
from sptapi.services.sign_in import SignIn
from sptapi.services.sky_catalogues import SkyCatalogues
from sptapi.tiling.tiles import Tiles
from sptjobs.engine.engine import Engine
from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.reader import PackIndexes
from sptjobs.settings import Settings
from sptjobs.watching.feed import JobFeed
from sptjobs.watching.waiting import JobWatch

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SETTINGS = web.AppKey("settings", Settings)
LINKS = web.AppKey("links", Links)
ACCESS: web.AppKey[Mapping[Handler, Access]] = web.AppKey("access")
SERVED: web.AppKey[Collection[str]] = web.AppKey("served")
"""Paths of all routes, below the base path."""
ENGINE = web.AppKey("engine", Engine)
WATCH = web.AppKey("watch", JobWatch)
JOB_STATES = web.AppKey("job_states", JobStates)
INDEXES = web.AppKey("indexes", PackIndexes)
LATEST_STATUS = web.AppKey("latest_status", LatestStatus)
FEED = web.AppKey("feed", JobFeed)
DOWNLOADS = web.AppKey("downloads", Downloads)
OPEN_REQUESTS = web.AppKey("open_requests", OpenRequests)
PACKS = web.AppKey("packs", PackStore)
TAR_SIZES = web.AppKey("tar_sizes", KnownSizes)
OUTCOME_INDEXES = web.AppKey("outcomes", OutcomeIndexes)
ROWS_TURN = web.AppKey("rows_turn", asyncio.Semaphore)
ARCHIVE = web.AppKey("archive", Archive)
MAP_SEARCH = web.AppKey("map_search", MapSearch)
WEB_BUILD = web.AppKey("web_build", Path)
RATES = web.AppKey("rates", Rates)
READERS = web.AppKey("readers", Readers)
SKY_CATALOGUES = web.AppKey("sky_catalogues", SkyCatalogues)
TILES = web.AppKey("tiles", Tiles)
GATE = web.AppKey("gate", TokenGate)
LONG_REQUESTS = web.AppKey("long_requests", LongRequests)
SIGN_IN: web.AppKey[SignIn | None] = web.AppKey("sign_in")
"""None where no identity provider is configured."""

BODY = web.RequestKey("body", bytes)
"""What was read of the request: the guard against forgery may need it before its handler."""
ADDRESS = web.RequestKey("address", str)
"""The client's network address, as far as the proxies that are trusted tell it."""
REQUEST_ID = web.RequestKey("request_id", str)
IDENTITY = web.RequestKey("identity", Identity)
STARTED = web.RequestKey("started", bool)
"""Set once the head of a response is on its way and cannot be taken back."""
