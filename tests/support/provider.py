"""A small identity provider that errs on demand, and can sign out behind our back.

It signs everybody in at once, without a form. What it gets wrong is set on the
object while it runs.
"""

import base64
import hashlib
import json
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from aiohttp.test_utils import unused_port
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT = "spt3g-data-service"
SECRET = "a secret of the client"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Key:
    """A signing key and its id."""

    kid: str
    private: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))

    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"kid": self.kid, "use": "sig", "alg": "RS256"}


# Making keys takes a while; the tests share them.
KEYS = [Key("first"), Key("second"), Key("stranger")]


@dataclass
class Provider:
    """The provider's users, keys and faults.

    Attributes
    ----------
    subject, groups
        Who signs in next. ``groups`` is the claim as it is, whatever its type.
    groups_in
        Where the claim is: ``id_token``, ``userinfo`` or both.
    claims, header, without, sign
        What an ID token has instead, lacks, and is signed by.
    metadata
        What the discovery document has instead.
    listed
        Keys that the key set shows; the first one signs.
    kid_stated
        Whether tokens name their key.
    down
        Paths that respond with 503.
    answers
        What a path answers instead: a status and a document.
    asked
        How often each path was asked for.
    """

    port: int = field(default_factory=unused_port)
    subject: str = "subject-1"
    name: str = "ada"
    groups: Any = field(default_factory=lambda: ["spt3g-users"])
    groups_in: set[str] = field(default_factory=lambda: {"id_token"})
    session: str | None = "sid-1"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    redirect: dict[str, str] = field(default_factory=dict)
    listed: list[Key] = field(default_factory=lambda: [KEYS[0]])
    kid_stated: bool = True
    refreshes: bool = True
    down: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def id_token(self, nonce: str | None) -> str:
        """Sign an ID token, with the faults that are set."""
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT}
        claims |= {"iat": now, "exp": now + 300, "preferred_username": self.name}
        claims |= {} if nonce is None else {"nonce": nonce}
        claims |= {} if self.session is None else {"sid": self.session}
        claims |= {"groups": self.groups} if "id_token" in self.groups_in else {}
        return self.signed(claims | self.claims, self.header)

    def logout_token(self, **changes: Any) -> str:
        """Sign a logout token; a claim changed to None is left out."""
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": int(time.time())}
        claims |= {"jti": secrets.token_hex(8), "events": {LOGOUT: {}}}
        claims |= {"sub": self.subject, "sid": self.session} | changes
        header = {"typ": "logout+jwt"}
        return self.signed({k: v for k, v in claims.items() if v is not None}, header)

    def signed(self, claims: dict[str, Any], header: dict[str, Any]) -> str:
        """Sign claims with the key that signs now."""
        claims = {name: value for name, value in claims.items() if name not in self.without}
        header = ({"kid": self.listed[0].kid} if self.kid_stated else {}) | header
        if self.sign is not None:
            return self.sign(claims, header)
        return jwt.encode(claims, self.listed[0].private, algorithm="RS256", headers=header)

    async def discover(self, _request: web.Request) -> web.Response:
        base = self.issuer
        document: dict[str, Any] = {"issuer": base}
        for name, path in {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
            "jwks_uri": "/jwks",
            "end_session_endpoint": "/end",
        }.items():
            document[name] = base + path
        document["authorization_response_iss_parameter_supported"] = True
        return web.json_response(document | self.metadata)

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer} | self.redirect
        location = f"{query['redirect_uri']}?{urlencode(back)}"
        return web.Response(status=302, headers={"Location": location})

    async def token(self, request: web.Request) -> web.Response:
        fields = await request.post()
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return _refused("invalid_client", 401)
        if fields["grant_type"] == "refresh_token":
            if fields["refresh_token"] not in self.tokens:
                return _refused("invalid_grant")
            self.tokens.clear()
            return self._grant(None)
        begun = self.codes.pop(str(fields["code"]), None)
        digest = hashlib.sha256(str(fields["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if begun is None or begun["code_challenge"] != challenge:
            return _refused("invalid_grant")
        if begun["redirect_uri"] != fields["redirect_uri"]:
            return _refused("invalid_grant")
        return self._grant(begun["nonce"])

    async def tell(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer access-")
        document = {"sub": self.subject, "preferred_username": self.name}
        if "userinfo" in self.groups_in:
            document["groups"] = self.groups
        return web.json_response(document | self.userinfo)

    async def keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [key.jwk() for key in self.listed]})

    async def end(self, request: web.Request) -> web.Response:
        return web.Response(
            status=302, headers={"Location": request.query["post_logout_redirect_uri"]}
        )

    def _grant(self, nonce: str | None) -> web.Response:
        document = {"access_token": "access-" + secrets.token_urlsafe(8), "token_type": "Bearer"}
        document["id_token"] = self.id_token(nonce)
        if self.refreshes:
            self.tokens.append("refresh-" + secrets.token_urlsafe(8))
            document["refresh_token"] = self.tokens[-1]
        return web.json_response(document)

    @web.middleware
    async def count(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Count, and stand in for what is broken."""
        self.asked[request.path] += 1
        if request.path in self.down:
            return web.Response(status=503)
        if request.path in self.answers:
            status, document = self.answers[request.path]
            return web.json_response(document, status=status)
        response: web.StreamResponse = await handler(request)
        return response


@asynccontextmanager
async def running(provider: Provider) -> AsyncIterator[Provider]:
    """Serve a provider."""
    app = web.Application(middlewares=[provider.count])
    app.router.add_get("/.well-known/openid-configuration", provider.discover)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/userinfo", provider.tell)
    app.router.add_get("/jwks", provider.keys)
    app.router.add_get("/end", provider.end)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", provider.port).start()
    try:
        yield provider
    finally:
        await runner.cleanup()


def payload(token: str) -> dict[str, Any]:
    """Read a token's claims without checking anything."""
    text = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims


def _refused(error: str, status: int = 400) -> web.Response:
    # Providers tell more than users should see.
    document = {"error": error, "error_description": "detail of the provider"}
    return web.json_response(document, status=status)
