"""Access tokens in a short form, for where five hundred characters paste badly.

A short token says nothing: it is a secret of 190 bits, found by its hash. Its record is that
of any token, and so are its scopes, its limits and its end.

References
----------
RFC 9562, section 5.8 (UUID version 8): the id is the first 128 bits of the SHA-256 of the
token, but for the six that tell the version. The ids of signed tokens are of version 4, so
that neither kind can stand for the other.
"""

import hashlib
import re
import secrets
import string
import uuid
from typing import Final

PREFIX: Final = "spt_"
_LENGTH: Final = 32
_CHARACTERS: Final = string.ascii_letters + string.digits
_FORM: Final = re.compile(f"{PREFIX}[0-9A-Za-z]{{{_LENGTH}}}")
_VERSION: Final = 8


def new_short_token() -> str:
    """Make one."""
    return PREFIX + "".join(secrets.choice(_CHARACTERS) for _ in range(_LENGTH))


def is_short_token(text: str) -> bool:
    """Whether a text has the form of one."""
    return _FORM.fullmatch(text) is not None


def short_token_id(token: str) -> str:
    """Give the id under which a short token is recorded: 32 hexadecimal digits."""
    number = int.from_bytes(hashlib.sha256(token.encode()).digest()[:16])
    number = number & ~(0xF << 76) | _VERSION << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=number).hex


def is_short_token_id(jti: str) -> bool:
    """Whether a record is that of a short token."""
    return uuid.UUID(jti).version == _VERSION
