"""Small documents that only this deployment can read and nobody can alter.

References
----------
Fernet of the package ``cryptography``: AES-128-CBC, HMAC-SHA256, a time stamp.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+={0,2}")


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals documents for one purpose with the first of several keys; opens with any.

    What was sealed for another purpose, or by another deployment, does not open.
    """

    fernet: MultiFernet

    @classmethod
    def of(cls, secrets: str, purpose: str) -> "Sealer":
        """Derive the keys from secrets that are separated by white space."""
        return cls(MultiFernet([Fernet(_derived(each, purpose)) for each in secrets.split()]))

    def seal(self, document: Mapping[str, Any]) -> str:
        """Encrypt a document; the text is safe in a cookie."""
        text = json.dumps(document, separators=(",", ":"))
        return self.fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str, *, within_s: int | None = None) -> dict[str, Any] | None:
        """Decrypt a document, None when it does not hold or is older than that [s]."""
        if not _ALPHABET.fullmatch(sealed):
            return None  # base64 would skip what it does not know
        try:
            text = self.fernet.decrypt(sealed.encode(), ttl=within_s)
        except (InvalidToken, ValueError):
            return None
        document: dict[str, Any] = json.loads(text)
        return document


def _derived(secret: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))
