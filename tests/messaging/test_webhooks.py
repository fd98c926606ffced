"""Where webhooks may lead, how they are signed, and that no receiver holds anything up."""

import base64
import hashlib
import hmac
import ipaddress
import socket
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sptjobs.messaging import webhook
from sptjobs.messaging.webhook import DeliveryError, new_secret, post_webhook
from sptjobs.messaging.webhook_address import (
    WebhookAddressError,
    embedded,
    look_up,
    parse_webhook_address,
)
from tests.messaging.conftest import LOOPBACK
from tests.support.receiver import Receiver

INSIDE = (
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "[::1]", "[::]",
    "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]", "[2002:a00:1::]", "[2001:db8::1]",
)  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_no_webhook_leads_inside_by_number(host: str) -> None:
    with pytest.raises(WebhookAddressError, match="not on the internet"):
        parse_webhook_address(f"https://{host}/x")


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "http://example.org/", "ftp://example.org/", "https://", "https:///x",
        "https://user@example.org/", "https://user:word@example.org/", "https://example.org:0/",
        "https://example.org:99999/", "https://[::1/", "https://exa mple.org/", "//example.org/x",
        "https://example.org/\r\nHost: x", "https://example.org/\N{SNOWMAN}",
        "https://example.org/" + "a" * 2_000, "file:///etc/passwd", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookAddressError):
        parse_webhook_address(url)


def test_an_address_on_the_internet_is_taken_apart() -> None:
    found = parse_webhook_address("https://hooks.example.org:8443/a/b?c=d#e")
    assert (found.host, found.port, found.target) == ("hooks.example.org", 8443, "/a/b?c=d")
    assert found.authority == "hooks.example.org:8443"
    assert parse_webhook_address("https://[2606:4700::1111]").authority == "[2606:4700::1111]"


@given(st.ip_addresses())
@example(ipaddress.ip_address("64:ff9b::7f00:1"))
@example(ipaddress.ip_address("2002:7f00:1::"))
@example(ipaddress.ip_address("::ffff:169.254.169.254"))
def test_any_number_is_let_through_only_when_what_it_stands_for_is_on_the_internet(
    number: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    host = f"[{number}]" if number.version == 6 else str(number)
    real = embedded(number)
    is_public = real.is_global and not (real.is_multicast or real.is_reserved)
    try:
        parse_webhook_address(f"https://{host}/")
    except WebhookAddressError:
        assert not is_public
    else:
        assert is_public
        assert not real.is_private
        assert not real.is_loopback


@pytest.mark.parametrize("name", ["localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_no_name_and_no_odd_spelling_leads_inside(name: str) -> None:
    address = parse_webhook_address(f"https://{name}/")
    with pytest.raises(WebhookAddressError, match=r"not on the internet|not known"):
        look_up(address)


def test_a_name_with_one_place_inside_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(_host: str, port: int, **_: object) -> list[object]:
        return [(2, 1, 6, "", (place, port)) for place in ("1.1.1.1", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(WebhookAddressError, match="not on the internet"):
        look_up(parse_webhook_address("https://rebinding.example/"))


def test_a_message_is_posted_once_and_signed_as_standard_webhooks_say(receiver: Receiver) -> None:
    secret, body = new_secret(), b'{"type": "job.ended"}'
    post_webhook(receiver.url, secret, "n-1", body, LOOPBACK)
    ((path, headers, sent),) = receiver.got
    assert (path, sent) == ("/ended?of=spt", body)
    stamp = headers["webhook-timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    key = base64.b64decode(secret.partition("_")[2])
    expected = hmac.new(key, f"n-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert headers["Content-Type"] == "application/json"
    assert len(key) == 24


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 500])
def test_whatever_is_no_2xx_is_a_failure_and_no_redirect_is_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Location": receiver.url, "Content-Length": "0"}
    with pytest.raises(DeliveryError, match=f"responded {status}"):
        post_webhook(receiver.url, new_secret(), "n-1", b"{}", LOOPBACK)
    assert len(receiver.got) == 1


def test_a_receiver_that_sends_byte_by_byte_is_cut_off(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "LONGEST_S", 1.0)
    receiver.dribbles = True
    begun = time.monotonic()
    with pytest.raises(DeliveryError):
        post_webhook(receiver.url, new_secret(), "n-1", b"{}", LOOPBACK)
    assert 0.9 < time.monotonic() - begun < 8
    receiver.dribbles = False


def test_a_silent_or_absent_receiver_is_a_failure_within_the_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DeliveryError, match="no response within"):
            post_webhook(url, new_secret(), "n-1", b"{}", LOOPBACK)
    with pytest.raises(DeliveryError, match="connection failed"):
        post_webhook(url, new_secret(), "n-1", b"{}", LOOPBACK)


def test_over_tls_a_certificate_of_nobody_known_is_refused(receiver: Receiver) -> None:
    with pytest.raises(DeliveryError, match="connection failed"):
        post_webhook(receiver.url.replace("http", "https"), new_secret(), "n", b"{}", LOOPBACK)
    assert receiver.got == []
