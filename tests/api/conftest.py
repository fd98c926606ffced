"""The real application on a real database and a real broker, spoken to over TCP."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from sptapi.app import make_app
from sptapi.keys import ENGINE
from sptapi.server import make_runner
from sptapi.services.command_line import vouched_token
from sptjobs.engine.claims import Claim, claim
from sptjobs.engine.engine import Engine
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.points import Epoch, Point
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import PackWriter
from sptjobs.settings import Settings
from tests.support.embedded import embedded_broker

KEY = "k" * 64  # long enough for every HMAC that a forger may try
JOBS = "/api/v1/cutout/async"
GOOD = {"RA": "0.2499", "DEC": "-57.8066", "SIZE": "10"}
JSON = {"Accept": "application/json"}
SOON = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
"""A day until which every job may be kept."""


@dataclass
class Api:
    """The running application, and a client that presents a token of ``ada``."""

    app: web.Application
    settings: Settings
    http: aiohttp.ClientSession
    runner: web.AppRunner
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.app[ENGINE]

    @property
    def base(self) -> str:
        return self.settings.public_url + self.settings.base_path

    async def token(self, user: str, group: str = "spt3g-users") -> str:
        if user not in self.tokens:
            async with self.engine.database.write() as connection:
                self.tokens[user] = await vouched_token(
                    connection, self.settings, name=user, groups=[group], ttl_s=600
                )
        return self.tokens[user]

    async def call(
        self, method: str, path: str, *, user: str | None = "ada", **options: Any
    ) -> aiohttp.ClientResponse:
        """Send a request, follow nothing, and read the reply."""
        headers = dict(options.pop("headers", {}))
        if user is not None and "Authorization" not in headers:
            group = "spt3g-admins" if user == "root" else "spt3g-users"
            headers["Authorization"] = f"Bearer {await self.token(user, group)}"
        url = path if path.startswith("http") else self.base + path
        options.setdefault("allow_redirects", False)
        response = await self.http.request(method, url, headers=headers, **options)
        await response.read()
        return response

    async def get(self, path: str, **options: Any) -> aiohttp.ClientResponse:
        return await self.call("GET", path, **options)

    async def post(self, path: str, data: Any = None, **options: Any) -> aiohttp.ClientResponse:
        return await self.call("POST", path, data=data, **options)

    async def new_job(self, *, user: str = "ada", **fields: str) -> str:
        """Make a job and give its path below the base."""
        response = await self.post(JOBS, GOOD | fields, user=user)
        assert response.status == 303, await response.text()
        return response.headers["Location"].removeprefix(self.base)

    async def document(self, path: str, **options: Any) -> Any:
        response = await self.get(path, headers=JSON, **options)
        assert response.status == 200, await response.text()
        return await response.json(content_type=None)


Serve = Callable[..., Awaitable[Api]]

APP_PAGE = (
    '<!DOCTYPE html><base href="__BASE__/app/cutout/"><meta name="csp-nonce" content="__NONCE__">'
)


def small_web_build(folder: Path) -> Path:
    """Write what a build of the web app consists of."""
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(APP_PAGE)
    script = b"console.log(1);\n" * 200
    (folder / "assets/index-abc123.js").write_bytes(script)
    (folder / "assets/index-abc123.js.gz").write_bytes(gzip.compress(script))
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    with embedded_broker() as url:
        yield url


@pytest.fixture
async def serve(tmp_path: Path, broker_url: str, database_url: str) -> AsyncIterator[Serve]:
    """Serve the application with changed settings."""
    async with AsyncExitStack() as stack:

        async def start(web_build: Path | None = None, **changes: Any) -> Api:
            port = changes.pop("port", None) or unused_port()
            settings = Settings(
                database_url=database_url,
                broker_url=broker_url,
                archive=tmp_path / "archive",
                results=tmp_path / "results",
                port=port,
                public_url=f"http://127.0.0.1:{port}",
                token_key=KEY,
                wait_cap_s=2.0,
                rates=(),  # all tests share an address and a broker
            )
            settings = replace(settings, **changes)
            app = make_app(settings, web_build or small_web_build(tmp_path / "web"))
            runner = make_runner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", port).start()
            http = await stack.enter_async_context(aiohttp.ClientSession())
            return Api(app, settings, http, runner)

        yield start


@pytest.fixture
async def api(serve: Serve) -> Api:
    return await serve()


@pytest.fixture
def cut(api: Api) -> Callable[..., Awaitable[dict[str, bytes]]]:
    """Do a worker's work on a queued job: claim its one part, write the pack, finish it."""

    async def do(
        job_path: str, *, finished: bool = True, stamp: bytes = bytes(range(256)) * 40
    ) -> dict[str, bytes]:
        job_id = job_path.rpartition("/")[2]
        taken = await claim(api.engine.database, "w", reserved=False)
        assert taken is not None
        assert taken.job_id == job_id
        contents = {
            "request.json": b"{}",
            "J0000-5748/J0000-5748_90GHz_1_fltd.fits": stamp,
            "J0000-5748/J0000-5748_150GHz_2_fltd.fits": b"b" * 4000,
        }
        if finished:
            await _finish(api, taken, contents)
        return contents

    return do


async def _finish(api: Api, taken: Claim, contents: dict[str, bytes]) -> None:
    folder = f"{taken.job_id}/0-1-abc"
    outcomes = 0
    with PackWriter(api.settings.results / folder) as pack:
        for name, content in contents.items():
            fits = name.endswith(".fits")
            media_type = "application/fits" if fits else "application/json"
            packed = pack.add_file(name, content, media_type, "fits" if fits else "request")
            if fits:
                outcomes += 1
                pack.add_outcomes(
                    OutcomeColumns.of([_outcome(packed.name, packed.size, packed.sha256)])
                )
        pack.write_points(_POINTS)
    report = Finished(
        outcomes,
        {"ok": outcomes},
        pack.files,
        pack.size_bytes,
        disk_bytes=pack.disk_bytes,
    )
    assert await finish(api.engine.database, taken, folder, report, "1-abc")
    api.engine.wakeups.changed(taken.job_id)


_EPOCH = Epoch("150GHz", "filtered", "f", "1", "m", 58850.25, 60.0, "mJy", "mJy-2")
_POINTS = (
    Point(1, "J0001-5748", 0.5, -57.8066, _EPOCH, "ok", -2.5, 0.5, 4.0),
    Point(0, "J0000-5748", 0.2499, -57.8066, _EPOCH, "ok", 1.5, 0.5, 4.0),
)


def _outcome(name: str, size: int, sha256: str) -> Outcome:
    return Outcome(
        target=0, objid="J0000-5748", ra=0.2499, dec=-57.8066, xsize=10.0, ysize=10.0,
        map_id=name.partition("_")[2], band=name.split("_")[1], filetype="filtered", obsid="1",
        date_beg=None, status="ok", covered=1.0, centre_covered=True, targ_x=1.0, targ_y=1.0,
        north=0.0, file=name, size=size, sha256=sha256,
    )  # fmt: skip
