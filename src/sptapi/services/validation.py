"""What decides what a request will find and take, looked up before it is submitted."""

from sptapi.services.maps import Archive, Holdings
from sptjobs.engine.back_pressure import parts_left
from sptjobs.engine.engine import Engine
from sptjobs.forecast.forecast import Load


async def holdings_and_load(engine: Engine, archive: Archive) -> tuple[Holdings, Load]:
    """Look at the archive and at the queue."""
    holdings = await archive.holdings(engine.database)
    slots = await engine.wakeups.slots() or engine.settings.slots
    async with engine.database.read() as connection:
        load = Load(slots, await parts_left(connection), *await engine.wakeups.pace())
    return holdings, load
