"""Whatever stands in the headers that prove an identity: nobody gets in, nothing breaks."""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Iterator

import jwt
import pytest

from tests.api.conftest import Serve
from tests.support.provider import Provider, running
from tests.support.scale import scaled
from tests.support.sign_in import Desk, new_browser, settings_for

ME = b"/api/v1/account"
HOME = b"/"
COUNT = scaled(5000)
_SENDERS = 10
_ENDS = b"\r\n\0"


class Sender:
    """Sends raw requests over one connection, and opens another when it is closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def status(self, request: bytes) -> int:
        """Send a request and give its status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        await reader.readexactly(int(headers["content-length"]))
        status = int(lines[0].split()[1])
        if status == 400:
            self.close()  # as the server does
        return status

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


def request(path: bytes, *headers: bytes) -> bytes:
    lines = (b"GET " + path + b" HTTP/1.1", b"Host: x", *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def noise(chance: random.Random, longest: int = 60) -> bytes:
    """Random bytes that stay within the line of a header."""
    raw = chance.randbytes(chance.randrange(longest))
    return raw.translate(None, _ENDS).strip()


def forged(chance: random.Random, parts: list[bytes]) -> bytes:
    """A token with a header or claims of its own under the good signature."""
    header = {"alg": chance.choice(["none", "HS256", "RS256", ""]), "typ": "spt-api+jwt"}
    header["kid"] = chance.choice(["", "../x", "0" * 12, noise(chance).hex()])
    claims = noise(chance, 400)
    at, content = chance.choice([(0, json.dumps(header).encode()), (1, claims)])
    changed = [*parts]
    changed[at] = jwt.utils.base64url_encode(content)
    return b".".join(changed)


def altered(chance: random.Random, token: bytes) -> bytes:
    """A good token with some of it changed, cut, doubled or put elsewhere."""
    at = chance.randrange(len(token))
    parts = token.split(b".")
    other = chance.choice(b"ABCxyz019-_.~=/ \xff".replace(token[at : at + 1], b""))
    ways = (
        lambda: token[:at] + bytes([other]) + token[at + 1 :],
        lambda: token[:at],
        lambda: token + noise(chance) + b"x",
        lambda: b".".join([parts[1], parts[0], parts[2]]),
        lambda: token[:at] + b"." + token[at:],
        lambda: forged(chance, parts),
        token.swapcase,
    )
    return chance.choice(ways)()


def altered_cookie(chance: random.Random, value: bytes) -> bytes:
    """A good cookie with some of it changed or cut."""
    at = chance.randrange(len(value) - 8)
    other = chance.choice(b"ABCxyz019-_".replace(value[at : at + 1], b""))
    ways = (
        value[:at] + bytes([other]) + value[at + 1 :],
        value[:at],
        value[at + 1 :],
        value[: len(value) // 2] * 2,
        value.swapcase(),
    )
    return chance.choice(ways)


def wrong_headers(
    chance: random.Random, token: bytes, session: tuple[bytes, bytes]
) -> Iterator[tuple[bytes, ...]]:
    """Headers none of which proves anything.

    Parameters
    ----------
    session
        Name and value of a cookie that does; what is made of it does not.
    """
    name, value = session
    good = b"Authorization: Bearer " + token
    while True:
        scheme = chance.choice([b"Bearer ", b"bearer  ", b"Basic ", b"Bearer", b"", b"BEARER\t"])
        bad = b"Authorization: " + scheme + altered(chance, token)
        cookie = chance.choice([name, b"__Host-spt-session", b"spt", noise(chance)])
        stolen = name + b"=" + value
        yield from (
            (bad,),
            (b"Authorization: " + scheme + noise(chance, 300),),
            (good, bad),
            (bad, good),
            (b"Authorization: Basic " + token,),
            (b"Authorization: Bearer " + b"A" * chance.randrange(9000),),
            (b"Cookie: " + cookie + b"=" + noise(chance, 3000),),
            (b"Cookie: " + name + b"=" + altered_cookie(chance, value),),
            (bad, b"Cookie: " + stolen),
            (b"Cookie: Authorization=Bearer " + token + b"; token=" + token,),
            (bad, b"Cookie: " + cookie + b"=" + altered(chance, token)),
            (b"X-Authorization: Bearer " + token, b"X-Forwarded-User: root"),
        )


async def test_no_header_gets_in_or_breaks_anything(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(int(os.environ.get("SPT_TEST_SEED", "0")))
    async with running(Provider()) as provider, new_browser() as browser:
        api = await serve(sign_in=settings_for(provider.issuer))
        await Desk(api, provider, browser).sign_in()
        cookies = browser.cookies(api.base)
    (session,) = ((n.encode(), v.encode()) for n, v in cookies.items() if "session" in n)
    token = (await api.token("ada")).encode()
    seen: Counter[int] = Counter()

    async def send(count: int) -> None:
        sender, headers = Sender(api.settings.port), wrong_headers(chance, token, session)
        for number, each in zip(range(count), headers, strict=False):
            status = await sender.status(request(ME, *each))
            assert status in {400, 401}, (status, each)
            seen[status] += 1
            if number % 10 == 0:
                assert await sender.status(request(HOME, *each)) in {200, 400}, each
        good = (b"Authorization: Bearer " + token, b"Cookie: " + b"=".join(session))
        assert [await sender.status(request(ME, each)) for each in good] == [200, 200]
        sender.close()

    await asyncio.gather(*(send(COUNT // _SENDERS) for _ in range(_SENDERS)))
    assert seen[401] > COUNT / 2  # most of them came as far as the gate
    assert seen[400] > COUNT / 50
    assert token.decode() not in caplog.text
