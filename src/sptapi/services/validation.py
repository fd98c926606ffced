"""What decides what a request will find and take, looked up before it is submitted."""

from sptapi.services.maps import Archive, Holdings
from sptjobs.engine.back_pressure import parts_left
from sptjobs.engine.engine import Engine
from sptjobs.forecast.forecast import Load


async def holdings_and_load(engine: Engine, archive: Archive) -> tuple[Holdings, Load]:
    """Look at the archive and at the queue."""
    holdings = await archive.holdings(engine.database)
    slots = await engine.wakeups.slots() or engine.settings.slots
    cores, ratios = await engine.wakeups.pace()
    async with engine.database.read() as connection:
        parts = await parts_left(connection)
    return holdings, Load(slots, parts, cores, ratios)
