"""The reconciler: finds what no message tells, and repairs it.

Every step may run in several control workers at once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sptjobs.control.attempts import attempt
from sptjobs.control.transition_sender import TransitionSender
from sptjobs.engine.beats import BeatObserver
from sptjobs.engine.claims import give_back
from sptjobs.engine.engine import Engine
from sptjobs.engine.ready_parts import send_ready
from sptjobs.metrics.part_counts import STRIKES


@asynccontextmanager
async def sweeping(engine: Engine) -> AsyncIterator[None]:
    """Sweep and send permits, every ``sweep_s`` seconds while the block runs.

    Beside each other: a broker that hangs must not hold up what only the database is needed for.
    """
    observer = BeatObserver(engine.settings.dead_s)
    sender = TransitionSender(engine)

    async def swept() -> None:
        await sweep(engine, observer, sender)

    async def permitted() -> None:
        await send_ready(engine)

    repeating, pause_s = engine.background.repeating, engine.settings.sweep_s
    async with repeating("sweep", swept, pause_s), repeating("permits", permitted, pause_s):
        yield


@asynccontextmanager
async def checkpointing(engine: Engine) -> AsyncIterator[None]:
    """Keep the log of the database short, every ``sweep_s`` seconds while the block runs."""
    step, pause_s = engine.database.checkpoint, engine.settings.sweep_s
    async with engine.background.repeating("checkpoint", step, pause_s):
        yield


async def sweep(engine: Engine, observer: BeatObserver, sender: TransitionSender) -> None:
    """Do every step of the reconciler once; one that fails holds up none of the others."""
    await attempt("giving back", give_back_abandoned(engine, observer))
    await attempt("transitions", sender.sweep())


async def give_back_abandoned(engine: Engine, observer: BeatObserver) -> None:
    """Make parts ready again whose worker does not beat any more."""
    for key in await observer.abandoned(engine.database):
        reason = f"its worker did not beat for {engine.settings.dead_s:g} s"
        if await give_back(engine.database, key, reason, blame="worker"):
            STRIKES.labels("worker").inc()
            engine.wakeups.changed(key[0])
