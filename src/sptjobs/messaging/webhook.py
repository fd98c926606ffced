"""Sending a webhook: one signed POST, to a place that was looked at.

References
----------
Standard Webhooks, for headers and signature: ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature``, whose value is ``v1,`` and the base64 of an HMAC-SHA256.
"""

import base64
import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from sptjobs.messaging.webhook_address import (
    WebhookAddress,
    WebhookAddressError,
    look_up,
    parse_webhook_address,
)
from sptjobs.settings.settings import Network

TIMEOUT_S: Final = 10.0
LONGEST_S: Final = 20.0
"""Longest that a step may take, and all of them together."""

_AGENT: Final = "spt3g-data-service"
_PREFIX: Final = "whsec_"


def new_secret() -> str:
    """Make what a webhook is signed with: 192 random bits, in the form of Standard Webhooks."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(24)).decode("ascii")


class DeliveryError(Exception):
    """A message was not taken; it is tried again later. The message says why."""


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message with a secret of :func:`new_secret`: its receiver sees who sends it."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode('ascii')}"


def post_webhook(
    url: str, secret: str, message_id: str, body: bytes, networks: Sequence[Network] = ()
) -> None:
    """POST a JSON document; blocks, ten seconds at most for each step. No redirect is followed.

    Raises
    ------
    DeliveryError
        The address leads nowhere that is allowed, or its server did not take it with a 2xx.
    """
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    try:
        address = parse_webhook_address(url, networks)
        status = _post(address, look_up(address, networks), headers, body)
    except WebhookAddressError as error:
        raise DeliveryError(f"the address {error}") from error
    except TimeoutError as error:
        raise DeliveryError(f"no response within {TIMEOUT_S:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"the connection failed: {type(error).__name__}") from error
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise DeliveryError(f"the server responded {status}")


def _post(
    address: WebhookAddress, places: Sequence[str], headers: Mapping[str, str], body: bytes
) -> int:
    connection = _Connection(address, places[0])
    # Each step has its timeout; a server that sends byte by byte would have any number of steps.
    ending = threading.Timer(LONGEST_S, connection.cut_off)
    ending.start()
    try:
        named = {"Host": address.authority, **headers}
        connection.request("POST", address.target, body=body, headers=named)
        return connection.getresponse().status
    finally:
        ending.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Connects to a place that was looked up before, and never looks up the name again."""

    def __init__(self, address: WebhookAddress, place: str) -> None:
        super().__init__(address.host, address.port, timeout=TIMEOUT_S)
        self._address, self._place = address, place

    def connect(self) -> None:
        """Connect, over TLS where the address says so, with the certificate of its name."""
        plain = socket.create_connection((self._place, self._address.port), TIMEOUT_S)
        if self._address.scheme == "http":
            self.sock = plain
            return
        try:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self._address.host)
        except BaseException:
            plain.close()
            raise

    def cut_off(self) -> None:
        """End what the connection waits for, from another thread."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
