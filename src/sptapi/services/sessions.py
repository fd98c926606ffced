"""The sessions of a user's browsers."""

from datetime import timedelta

from sptapi.auth.identity import Identity
from sptjobs.settings import Settings
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database
from sptjobs.store.sessions import SessionRow, end_sessions, list_sessions
from sptjobs.uws.errors import UnknownResultError


async def own_sessions(
    database: Database, settings: Settings, identity: Identity
) -> list[SessionRow]:
    """List the user's sessions that still hold, the last used first."""
    idle = timedelta(seconds=settings.sign_in.idle_s)
    async with database.read() as connection:
        return await list_sessions(connection, identity.account_id, idle=idle)


async def end_own_session(
    database: Database, identity: Identity, session_id: str, actor: Actor
) -> None:
    """End one of the user's sessions.

    Raises
    ------
    UnknownResultError
        They have no such session.
    """
    async with database.write() as connection:
        if not await end_sessions(connection, identity.account_id, ids=[session_id]):
            raise UnknownResultError("there is no such session")
        detail = "1 ended by the user"
        await record_audit(connection, "session.end", actor, target=session_id, detail=detail)


async def end_other_sessions(database: Database, identity: Identity, actor: Actor) -> None:
    """End all of the user's sessions but the one that asks."""
    async with database.write() as connection:
        ended = await end_sessions(connection, identity.account_id, but=identity.credential_id)
        detail = f"{ended} ended by the user"
        await record_audit(connection, "session.end", actor, target="others", detail=detail)
