"""Requests that last: who asked is looked at again while their responses go on.

An event stream, a blocking request or a download may last for minutes. However many there
are, a process looks at the tokens and sessions of all of them together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sptapi.auth.identity import Identity
from sptapi.auth.policy import identify, may_read_job
from sptjobs.background.repeating import Background
from sptjobs.settings import Settings
from sptjobs.store.accounts import Account
from sptjobs.store.credentials import read_holding
from sptjobs.store.database import Database
from sptjobs.store.shares import Audience, read_audiences
from sptjobs.uws.errors import AuthenticationError, AuthorizationError, UnknownJobError

_EVERY_S: Final = 1.5
_MIN_AGE_S: Final = 1.0
"""Age from which a request is looked at. Both times together keep the promise that a revocation
is felt everywhere within 5 s, also by one that was admitted by what was read shortly before."""


_Reason = AuthenticationError | AuthorizationError | UnknownJobError


@dataclass(slots=True, eq=False)
class _Open:
    """A request that goes on, and why it has to end."""

    identity: Identity
    limit: asyncio.Timeout
    job_id: str | None
    since: float = field(default_factory=time.monotonic)
    reason: _Reason | None = None


@dataclass(frozen=True, slots=True)
class LongRequests:
    """The requests of a process that go on."""

    settings: Settings
    database: Database
    _open: set[_Open] = field(default_factory=set)

    @asynccontextmanager
    async def held(self, identity: Identity, job_id: str | None = None) -> AsyncIterator[None]:
        """Let a request go on while what proved its user holds, and the job may be read.

        Parameters
        ----------
        job_id
            Of the job that it reads, None for any other request.

        Raises
        ------
        AuthenticationError
            Its token was revoked or expired, or its session ended, meanwhile.
        AuthorizationError
            Its user left the groups that let them in.
        UnknownJobError
            The job is no longer shared with its user.
        """
        request: _Open | None = None
        try:
            async with asyncio.timeout(None) as limit:
                request = _Open(identity, limit, job_id)
                self._open.add(request)
                yield
        except TimeoutError:
            if request is None or request.reason is None:
                raise
            raise request.reason from None
        finally:
            if request is not None:
                self._open.discard(request)

    async def check(self) -> None:
        """End those requests whose user may not go on.

        Raises
        ------
        UnavailableError
            The database does not respond; nothing ends meanwhile.
        """
        now = time.monotonic()
        looked_at = [each for each in self._open if now - each.since >= _MIN_AGE_S]
        if not looked_at:
            return
        ids: dict[str, set[str]] = {"token": set(), "session": set()}
        for each in looked_at:
            ids[each.identity.credential].add(each.identity.credential_id)
        async with self.database.read() as connection:
            holding = await read_holding(connection, tokens=ids["token"], sessions=ids["session"])
            jobs = {each.job_id for each in looked_at if each.job_id is not None}
            audiences = await read_audiences(connection, jobs)
        # Some have ended while this was read.
        for each in self._open.intersection(looked_at):
            account = holding.get(each.identity.credential_id)
            each.reason = self._reason(each, account, audiences)
            if each.reason is not None:
                each.limit.reschedule(asyncio.get_running_loop().time())

    def _reason(
        self, request: _Open, account: Account | None, audiences: Mapping[str, Audience]
    ) -> _Reason | None:
        """Say why a request may not go on, None when it may."""
        before = request.identity
        if account is None:
            what = "token has been revoked" if before.credential == "token" else "session has ended"
            return AuthenticationError(f"the {what}")
        now = identify(
            account,
            self.settings,
            scopes=before.scopes,
            credential=before.credential,
            credential_id=before.credential_id,
        )
        if (now.is_member, now.is_admin) < (before.is_member, before.is_admin):
            return AuthorizationError(f"{now.name} has left a group that this request needs")
        # Of a job that was deleted, the request itself tells.
        audience = audiences.get(request.job_id or "")
        if audience is not None and not may_read_job(now, audience):
            return UnknownJobError(f"there is no job {request.job_id}")
        return None


@asynccontextmanager
async def checked_requests(requests: LongRequests, background: Background) -> AsyncIterator[None]:
    """Look at the requests that go on again and again while the block runs."""
    async with background.repeating("credentials of long requests", requests.check, _EVERY_S):
        yield
