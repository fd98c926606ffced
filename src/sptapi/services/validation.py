"""What a request will find and take, asked before it is submitted."""

import asyncio

from sptapi.services.maps import Archive
from sptjobs.engine.back_pressure import parts_left
from sptjobs.engine.engine import Engine
from sptjobs.forecast.forecast import Forecast, Load, make_forecast
from sptjobs.request.examined import Examined


async def forecast(engine: Engine, archive: Archive, examined: Examined) -> tuple[str, Forecast]:
    """Look at archive, footprints and queue; give the snapshot's name and the forecast."""
    holdings = await archive.holdings(engine.database)
    slots = await engine.wakeups.slots() or engine.settings.slots
    async with engine.database.read() as connection:
        load = Load(slots, await parts_left(connection), *await engine.wakeups.pace())
    # Other clients must not wait for the geometry of ten thousand targets.
    found = await asyncio.to_thread(make_forecast, examined, holdings.maps, load)
    return holdings.snapshot, found
