"""What every request goes through, outermost first; one module each.

A new one takes its place in the list: what stands further in may lean on what
stands further out, never the other way.
"""

from typing import Final

from sptapi.middlewares.addresses import client_addresses
from sptapi.middlewares.authentication import identity
from sptapi.middlewares.changes import unbroken_changes
from sptapi.middlewares.csrf_guard import csrf
from sptapi.middlewares.errors import errors
from sptapi.middlewares.headers import add_headers
from sptapi.middlewares.impossible_names import impossible_names
from sptapi.middlewares.long_addresses import long_addresses
from sptapi.middlewares.measuring import measuring
from sptapi.middlewares.packed_responses import compression
from sptapi.middlewares.precedence import precedence
from sptapi.middlewares.preflights import preflights
from sptapi.middlewares.rate_limits import bad_tokens, rate_limits
from sptapi.middlewares.requests import request_ids
from sptapi.middlewares.response_parameters import response_parameters
from sptapi.middlewares.session_storage import sessions
from sptapi.middlewares.still_admitted import still_admitted
from sptapi.middlewares.still_open import still_open

MIDDLEWARES: Final = (
    still_open,
    measuring,
    request_ids,
    compression,
    errors,
    preflights,
    long_addresses,
    precedence,
    client_addresses,
    bad_tokens,
    sessions,
    identity,
    rate_limits,
    impossible_names,
    response_parameters,
    still_admitted,
    csrf,
    unbroken_changes,
)

__all__ = ["MIDDLEWARES", "add_headers"]
