"""Names and flags of the cookies (RFC 6265bis).

``__Host-`` makes browsers keep other hosts, and plain HTTP, from setting them. Where
plain HTTP is allowed, on one machine, the port tells deployments apart, because
cookies do not.
"""

from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit

from sptjobs.settings import Settings

MAX_BYTES = 4_096
"""Browsers drop a longer Set-Cookie without a word."""


class Flags(TypedDict):
    """Flags of every cookie: none is for scripts, none is sent with another site's posts."""

    path: str
    secure: bool
    httponly: bool
    samesite: str


@dataclass(frozen=True, slots=True)
class CookieNames:
    """Names of a deployment's cookies, and their flags."""

    session: str
    attempt: str
    flags: Flags

    @classmethod
    def of(cls, settings: Settings) -> "CookieNames":
        """Name the cookies of a deployment."""
        insecure = settings.sign_in.insecure_http
        place = settings.base_path.replace("/", "-")
        if insecure:
            place += f"-{urlsplit(settings.public_url).port or 80}"
        prefix = ("" if insecure else "__Host-") + "spt"
        flags = Flags(path="/", secure=not insecure, httponly=True, samesite="Lax")
        return cls(f"{prefix}-session{place}", f"{prefix}-sign-in{place}-", flags)
