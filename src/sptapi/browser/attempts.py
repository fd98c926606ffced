"""Attempts to sign in, each in a cookie of its own, so that several tabs can.

A cookie's name ends with a hash of the attempt's state. It holds for ten minutes
and is used once. At most five are kept, and no more than a request's head can carry.
"""

import hashlib
from typing import Final

from aiohttp import web

from sptapi.auth.oidc.transaction import LIFETIME_S, Transaction
from sptapi.auth.sealing import Sealer
from sptapi.browser.cookies import CookieNames

_MAX_KEPT: Final = 5
_MAX_KEPT_BYTES: Final = 5_000
"""Servers and proxies refuse requests whose cookies take more than about 8 kB."""


USED_COOKIES: web.RequestKey[tuple[str, ...]] = web.RequestKey("used_cookies")


class Attempts:
    """The attempts that a browser carries."""

    def __init__(self, sealer: Sealer, names: CookieNames) -> None:
        self._sealer, self._names = sealer, names

    def begin(
        self, request: web.Request, response: web.StreamResponse, transaction: Transaction
    ) -> None:
        """Give an attempt to the browser, and take old ones away when there are many."""
        name, sealed = self._name(transaction.state), self._sealer.seal(transaction.as_document())
        for stale in self._surplus(request, len(sealed)):
            response.del_cookie(stale, **self._names.flags)
        response.set_cookie(name, sealed, max_age=LIFETIME_S, **self._names.flags)

    def take(self, request: web.Request) -> Transaction | None:
        """Give the attempt that a response belongs to, and have its cookie deleted.

        None when the browser did not begin it, or more than ten minutes ago.
        """
        state = request.query.get("state", "")
        name = self._name(state)
        sealed = request.cookies.get(name)
        if sealed is None:
            return None
        request[USED_COOKIES] = (name,)
        document = self._sealer.open(sealed, within_s=LIFETIME_S)
        if document is None or document["state"] != state:
            return None
        return Transaction.of(document)

    async def drop_used(self, request: web.Request, response: web.StreamResponse) -> None:
        """Delete the cookies that were used, whatever the response is."""
        secure = "; Secure" if self._names.flags["secure"] else ""
        for name in request.get(USED_COOKIES, ()):
            response.headers.add(
                "Set-Cookie", f'{name}=""; Max-Age=0; Path=/; HttpOnly; SameSite=Lax{secure}'
            )

    def _name(self, state: str) -> str:
        return self._names.attempt + hashlib.sha256(state.encode()).hexdigest()[:12]

    def _begun(self, sealed: str) -> int:
        document = self._sealer.open(sealed)
        return 0 if document is None else int(document["begun"])

    def _surplus(self, request: web.Request, bytes_added: int) -> list[str]:
        """Name the attempts that have to go; those that do not open are the oldest."""
        kept = {n: v for n, v in request.cookies.items() if n.startswith(self._names.attempt)}
        oldest_first = sorted(kept, key=lambda name: self._begun(kept[name]))
        left = sum(len(value) for value in kept.values()) + bytes_added
        surplus = []
        for number, name in enumerate(oldest_first):
            if len(kept) - number < _MAX_KEPT and left <= _MAX_KEPT_BYTES:
                break
            surplus.append(name)
            left -= len(kept[name])
        return surplus


ATTEMPTS = web.AppKey("attempts", Attempts)
