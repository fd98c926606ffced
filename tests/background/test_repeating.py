"""What a process repeats goes on whatever goes wrong, or the process ends."""

import ast
import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from redis.exceptions import RedisError

from sptjobs.background.repeating import ANY_LENGTH, Background
from sptjobs.uws.errors import UnavailableError

SOURCES = Path(__file__).parents[2] / "src"
PAUSE_S = 0.01


@pytest.fixture
async def ended() -> AsyncIterator[list[str]]:
    """Names of repetitions that ended by themselves."""
    names: list[str] = []
    yield names
    assert not names


@pytest.fixture
def background(ended: list[str]) -> Background:
    return Background(ended.append)


class Step:
    """Fails at first, as often as there are errors, and then no more."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.rounds = 0
        self.succeeded = asyncio.Event()

    async def __call__(self) -> None:
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)
        self.succeeded.set()


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("away"),
        sa.exc.InvalidRequestError("This connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        sa.exc.OperationalError("SELECT", {}, OSError()),
        RedisError("gone"),
        EOFError(),
        KeyError("of our own making"),
        RecursionError(),
    ],
    ids=repr,
)
async def test_no_exception_ends_a_repetition(background: Background, error: Exception) -> None:
    step = Step(error, error)
    async with background.repeating("step", step, PAUSE_S):
        await asyncio.wait_for(step.succeeded.wait(), 10)
    assert step.rounds >= 3


async def test_a_step_chooses_the_pause_until_its_next_round(background: Background) -> None:
    rounds = 0

    async def step() -> float | None:
        nonlocal rounds
        rounds += 1
        return 0.0 if rounds < 3 else None

    async with background.repeating("step", step, 60):
        await asyncio.sleep(0.1)
    assert rounds == 3


async def test_an_outage_is_one_line_in_the_log_however_long_and_so_is_its_end(
    background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    step = Step(*(UnavailableError(f"no response ({n})") for n in range(20)))
    async with background.repeating("beat", step, PAUSE_S):
        await asyncio.wait_for(step.succeeded.wait(), 10)
        await asyncio.sleep(3 * PAUSE_S)
    assert [record.getMessage() for record in caplog.records] == [
        "beat failed and is tried every 0.01 s until it succeeds: no response (0)",
        "beat goes on again",
    ]


async def test_an_unforeseen_failure_is_logged_once_with_its_traceback(
    background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    step = Step(*(KeyError("x") for _ in range(20)), KeyError("y"))
    async with background.repeating("beat", step, PAUSE_S):
        await asyncio.wait_for(step.succeeded.wait(), 10)
    assert caplog.text.count("Traceback") == 2


async def test_what_fails_for_a_reason_of_its_own_or_hangs_is_stalled_and_an_outage_is_not(
    background: Background,
) -> None:
    async def hanging() -> None:
        await asyncio.sleep(60)

    away, broken = Step(*[UnavailableError("away")] * 999), Step(*[KeyError()] * 999)
    async with (
        background.repeating("away", away, PAUSE_S, limit_s=0.5),
        background.repeating("broken", broken, PAUSE_S, limit_s=0.5),
        background.repeating("hanging", hanging, PAUSE_S, limit_s=0.5),
        background.repeating("long", hanging, PAUSE_S, limit_s=ANY_LENGTH),
    ):
        assert background.stalled() == []
        await asyncio.sleep(0.8)
        assert background.stalled() == ["broken", "hanging"]
    assert background.stalled() == []


@pytest.mark.parametrize("way", ["is cancelled", "cancels itself"])
async def test_a_repetition_that_ends_though_nobody_ended_it_ends_the_process(way: str) -> None:
    ended: list[str] = []
    background = Background(ended.append)

    async def step() -> None:
        if way == "is cancelled":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(60)
        raise asyncio.CancelledError

    async with background.repeating("beat", step, PAUSE_S):
        await asyncio.sleep(0.1)
    assert ended == ["beat"]


async def test_leaving_the_block_ends_a_step_that_swallows_a_cancellation(
    background: Background,
) -> None:
    swallowed = 0

    async def step() -> None:
        nonlocal swallowed
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            swallowed += 1
            if swallowed > 1:
                raise

    async with asyncio.timeout(5):
        async with background.repeating("step", step, PAUSE_S):
            await asyncio.sleep(0.05)
    assert swallowed == 2


def test_nothing_else_loops_for_ever_in_a_task_of_its_own() -> None:
    """Tasks are made for one thing that ends; what is repeated goes through the one runner."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        if "create_task" not in (text := path.read_text("utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("create_task"):
                found.add((path.relative_to(SOURCES).as_posix(), ast.unparse(node.args[0])))
    assert found == {
        ("sptapi/services/job_states.py", "self._read_all()"),
        ("sptapi/services/open_requests.py", "change"),
        ("sptapi/services/sky_catalogues.py", "self._refresh(self._folder)"),
        ("sptapi/tiling/builders.py", "self._built(build, queue)"),
        ("sptjobs/background/repeating.py", "repetition.run()"),
        ("sptjobs/broker/wakeups.py", "self._publish(job_ids)"),
        ("sptjobs/execution/child/child_process.py", "self._watch(watchdog, timeout_s)"),
        ("sptjobs/execution/executor.py", "executor.warm_up()"),
    }
