"""One attempt to sign in, between leaving for the provider and coming back."""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

LIFETIME_S: Final = 600
"""Seconds that a user may take at the provider."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the browser keeps, sealed, while the user is at the provider.

    Attributes
    ----------
    state, nonce
        Tie the response and the ID token to this attempt.
    verifier
        Of PKCE (RFC 7636): shows the provider that the response reached the client that asked.
    next_page
        Where the user goes after the sign-in; not sent to the provider.
    begun
        Unix time, in milliseconds.
    """

    state: str
    nonce: str
    verifier: str
    next_page: str
    begun: int

    @classmethod
    def new(cls, next_page: str) -> "Transaction":
        """Begin an attempt."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, next_page, int(1000 * time.time()))

    @property
    def challenge(self) -> str:
        """The verifier's hash, as PKCE's method S256 has it."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def as_document(self) -> dict[str, Any]:
        """Give what is to be sealed."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Transaction":
        """Read what was sealed."""
        return cls(**document)
