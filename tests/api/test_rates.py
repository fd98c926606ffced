"""Floods are slowed down, and nobody else is."""

import asyncio
from typing import Any

import pytest

from sptapi.middlewares.addresses import client_address
from sptapi.middlewares.rate_limits import network_of
from sptjobs.settings import Rate, SettingsError, read_settings
from tests.api.conftest import Api, Serve
from tests.architecture.test_configuration import REQUIRED
from tests.support.embedded import forget_counts

ME = "/api/v1/account"
REFRESH = "/api/v1/account/token/refresh"


@pytest.fixture(autouse=True)
def no_counts(broker_url: str) -> None:
    forget_counts(broker_url)


async def bad(api: Api, **headers: str) -> Any:
    sent = {"Authorization": "Bearer a.b.c"} | headers
    return await api.get(ME, headers=sent)


async def test_a_flood_of_bad_tokens_is_429_and_a_good_one_still_passes(serve: Serve) -> None:
    api = await serve(rates=(("bearer", Rate(3, 60)),))
    assert [(await bad(api)).status for _ in range(3)] == [401] * 3
    refused = await bad(api)
    assert refused.status == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert (await api.get(ME)).status == 200
    assert (await api.get(ME, user=None)).status == 401


async def test_a_forged_address_does_not_evade_the_limit(serve: Serve) -> None:
    api = await serve(rates=(("bearer", Rate(2, 60)),))
    sent = [(await bad(api, **{"X-Forwarded-For": f"192.0.2.{n}"})).status for n in range(4)]
    assert sent == [401, 401, 429, 429]


async def test_clients_behind_a_trusted_proxy_are_distinguished(serve: Serve) -> None:
    trusted = read_settings(REQUIRED | {"SPT_TRUSTED_PROXIES": "127.0.0.0/8"}).trusted_proxies
    api = await serve(rates=(("bearer", Rate(1, 60)),), trusted_proxies=trusted)
    for client, status in (("192.0.2.1", 401), ("192.0.2.2", 401), ("192.0.2.1", 429)):
        assert (await bad(api, **{"X-Forwarded-For": f"8.8.8.8, {client}"})).status == status


async def test_refreshing_is_limited_for_each_chain(serve: Serve) -> None:
    api = await serve(rates=(("refresh", Rate(2, 3600)),))
    assert [(await api.post(REFRESH)).status for _ in range(3)] == [200, 200, 429]
    assert (await api.post(REFRESH, user="eve")).status == 200


async def test_a_limit_gives_way_again_when_its_time_is_over(serve: Serve) -> None:
    api = await serve(rates=(("refresh", Rate(2, 1)),))
    responses = [await api.post(REFRESH) for _ in range(3)]
    assert [each.status for each in responses] == [200, 200, 429]
    assert responses[2].headers["Retry-After"] == "1"
    await asyncio.sleep(1)
    assert (await api.post(REFRESH)).status == 200


async def test_without_the_broker_nothing_is_refused_and_the_log_says_so(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    api = await serve(rates=(("bearer", Rate(1, 60)),), broker_url="unix:///nowhere/broker.sock")
    assert [(await bad(api)).status for _ in range(3)] == [401] * 3
    assert "limit bearer not counted" in caplog.text


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["10.0.0.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.4"], "198.51.100.4"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.4"], "198.51.100.4"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.4, 10.0.0.2"], "198.51.100.4"),
        ("10.0.0.1", ["10.0.0.3,10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.4, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.4:1234"], "10.0.0.1"),
        ("10.0.0.1", ["", ","], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        (None, ["1.1.1.1"], "unknown"),
        ("", ["1.1.1.1"], "unknown"),
    ],
)
def test_only_trusted_proxies_are_believed(
    peer: str | None, forwarded: list[str], client: str
) -> None:
    trusted = read_settings(REQUIRED | {"SPT_TRUSTED_PROXIES": "10.0.0.0/8"}).trusted_proxies
    assert client_address(peer, forwarded, trusted) == client


def test_the_many_addresses_of_one_ipv6_customer_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2:ffff::") != "unknown"
    assert network_of("2001:db8:1:3::") != network_of("2001:db8:1:2::")
    assert network_of("192.0.2.1") == "192.0.2.1"


def test_limits_are_read_and_what_is_left_out_keeps_its_default() -> None:
    read = dict(read_settings(REQUIRED | {"SPT_RATE_LIMITS": "login=5/10, refresh=off"}).rates)
    assert read["login"] == Rate(5, 10)
    assert "refresh" not in read
    assert read["bearer"] == Rate(30, 60)


@pytest.mark.parametrize("text", ["login", "login=0/60", "login=1", "logon=1/1", "login=1/0"])
def test_a_limit_that_cannot_be_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match=r"SPT_RATE_LIMITS: must be like .*not "):
        read_settings(REQUIRED | {"SPT_RATE_LIMITS": text})


def test_a_network_that_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"SPT_TRUSTED_PROXIES: .*'10\.0\.0\.1/8'"):
        read_settings(REQUIRED | {"SPT_TRUSTED_PROXIES": "10.0.0.1/8"})
