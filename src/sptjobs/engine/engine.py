"""What the engine's functions work on: one :class:`Engine` for each process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dramatiq.brokers.redis import RedisBroker

from sptjobs.background.repeating import Background
from sptjobs.broker.wakeups import Wakeups, open_wakeups
from sptjobs.settings import Settings
from sptjobs.store.database import Database
from sptjobs.store.kept_maps import KeptMaps
from sptjobs.store.opening import open_database


@dataclass(frozen=True, slots=True)
class Engine:
    """The database, the way to wake others, the settings, what this process repeats and keeps."""

    database: Database
    wakeups: Wakeups
    settings: Settings
    background: Background = field(default_factory=Background)
    kept_maps: KeptMaps = field(default_factory=KeptMaps)


@asynccontextmanager
async def open_engine(
    settings: Settings, broker: RedisBroker | None = None
) -> AsyncIterator[Engine]:
    """Open an engine for the running event loop.

    Raises
    ------
    SchemaError
        The database's schema is one that this release does not work with.
    """
    async with (
        open_database(settings.database_url) as database,
        open_wakeups(settings.broker_url, broker) as wakeups,
    ):
        yield Engine(database, wakeups, settings)
