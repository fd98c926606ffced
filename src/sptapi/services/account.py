"""What a user has of what is limited, and how long their session holds."""

from dataclasses import dataclass

from sptapi.auth.identity import Identity
from sptjobs.engine.engine import Engine
from sptjobs.engine.quotas import Usage, limits_of, usage_of
from sptjobs.settings import Limits
from sptjobs.store.sessions import SessionRow, read_session


@dataclass(frozen=True, slots=True)
class AccountState:
    """Limits and use of an account; ``session`` is None for a token, or when it just ended."""

    limits: Limits
    usage: Usage
    session: SessionRow | None


async def account_state(engine: Engine, identity: Identity) -> AccountState:
    """Read the state of the user's account in one transaction."""
    async with engine.database.read() as connection:
        limits = await limits_of(connection, engine.settings, identity.account_id)
        usage = await usage_of(connection, identity.account_id)
        session = None
        if identity.credential == "session":
            session = await read_session(connection, identity.credential_id)
    return AccountState(limits, usage, session)
