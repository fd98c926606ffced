"""Basic authentication, with an access token for a password.

TOPCAT and STILTS know no other scheme unless Java is started with an option.

References
----------
RFC 7617, section 2.
"""

import base64
import binascii
import re

from sptapi.auth.access_tokens import InvalidTokenError

_SCHEME = re.compile(r"basic\b", re.IGNORECASE)
_HEADER = re.compile(r"(?i:basic) +([A-Za-z0-9+/]+={0,2}) *")


def is_basic(header: str) -> bool:
    """Whether an Authorization header is of this scheme."""
    return _SCHEME.match(header) is not None


def bearer_header(header: str) -> str:
    """Write the header of the Bearer scheme that means the same; the user's name may be any.

    Raises
    ------
    InvalidTokenError
        The header holds no user's name and password.
    """
    match = _HEADER.fullmatch(header)
    try:
        pair = base64.b64decode(match[1], validate=True).decode() if match else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    _, colon, password = pair.partition(":")
    if not colon:
        raise InvalidTokenError("the Authorization header holds no user name and password")
    return f"Bearer {password.strip()}"


def basic_challenge(tokens_page: str) -> str:
    """Write a challenge whose realm tells a person what to type.

    Parameters
    ----------
    tokens_page
        URL of the page where users make their access tokens.
    """
    realm = f"any user name, and for the password an access token of {tokens_page}"
    return f'Basic realm="{realm}", charset="UTF-8"'
