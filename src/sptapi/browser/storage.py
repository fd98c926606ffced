"""The session's cookie: sealed, small, and holding no more than an id and a CSRF secret."""

import secrets
import warnings

from aiohttp import web
from aiohttp_session import AbstractStorage, Session, get_session, new_session

from sptapi.auth.sealing import Sealer
from sptapi.browser.cookies import MAX_BYTES, CookieNames

STORAGE: web.AppKey[AbstractStorage | None] = web.AppKey("storage")
"""None where nobody can sign in."""

# It keeps what it needs under plain keys in the request, which aiohttp advises against.
warnings.filterwarnings("ignore", category=web.NotAppKeyWarning, module="aiohttp_session")

_ID, _CSRF = "id", "csrf"
_FLAGS_BYTES = 64


class CookieTooLongError(Exception):
    """A cookie outgrew what browsers keep: a mistake in this program."""


class SealedStorage(AbstractStorage):
    """Keeps what aiohttp-session stores in one encrypted cookie.

    Parameters
    ----------
    lifetime_s
        Seconds after which the cookie does not open any more, whatever its row says.
    """

    def __init__(self, sealer: Sealer, names: CookieNames, lifetime_s: float) -> None:
        super().__init__(cookie_name=names.session, **names.flags)
        self._sealer, self._flags = sealer, names.flags
        self._lifetime_s = int(lifetime_s) + 1

    async def load_session(self, request: web.Request) -> Session:
        """Open the cookie; one that does not hold counts as none."""
        cookie = self.load_cookie(request)
        data = self._sealer.open(cookie, within_s=self._lifetime_s) if cookie else None
        if data is None:
            return Session(None, data=None, new=True)
        return Session(
            None, data={"created": data["created"], "session": data["session"]}, new=False
        )

    async def save_session(
        self, _request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        """Set the cookie, or delete it when nothing is left in the session.

        Raises
        ------
        CookieTooLongError
            Browsers would drop it.
        """
        if session.empty:
            # Without the same flags browsers ignore the deletion of a ``__Host-`` cookie.
            response.del_cookie(self.cookie_name, **self._flags)
            return
        sealed = self._sealer.seal({"created": session.created, "session": dict(session)})
        if len(self.cookie_name) + len(sealed) + _FLAGS_BYTES > MAX_BYTES:
            raise CookieTooLongError(self.cookie_name)
        response.set_cookie(self.cookie_name, sealed, **self._flags)


async def session_id(request: web.Request) -> str | None:
    """Give the id in the browser's cookie, None when it carries none that holds."""
    return await _value(request, _ID)


async def csrf_token(request: web.Request) -> str | None:
    """Give what every change by this session has to repeat."""
    return await _value(request, _CSRF)


async def begin(request: web.Request, new_id: str) -> None:
    """Let the response set the cookie of a new session, with a new CSRF secret."""
    session = await new_session(request)
    session[_ID], session[_CSRF] = new_id, secrets.token_urlsafe(32)


async def forget(request: web.Request) -> None:
    """Let the response delete the cookie."""
    (await get_session(request)).invalidate()


async def _value(request: web.Request, name: str) -> str | None:
    if request.app[STORAGE] is None:
        return None
    value = (await get_session(request)).get(name)
    return value if isinstance(value, str) else None
