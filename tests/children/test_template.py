"""Processes that a template forks: real ones, killed, stopped and given up."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sptjobs.children.template import Template, TemplatedProcess
from tests.support.processes import all_gone, children_of, is_alive, wait_until

ROOT = Path(__file__).parents[2]
VARIABLES = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
PROGRAM = "tests.children.templated_program"


@contextmanager
def a_template(**variables: str) -> Iterator[Template]:
    template = Template(PROGRAM, VARIABLES | variables)
    try:
        yield template
    finally:
        template.end()


@dataclass
class Talking:
    """A process of the program and its two connections."""

    process: TemplatedProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def line(self) -> Any:
        return json.loads(await asyncio.wait_for(self.reader.readline(), 60))

    def say(self, command: str) -> None:
        self.writer.write(f"{command}\n".encode())

    async def code(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 60)


@asynccontextmanager
async def forked(template: Template, *words: str) -> AsyncIterator[Talking]:
    conversation, status = template.fork(words)
    reader, writer = await asyncio.open_connection(sock=conversation)
    process = await TemplatedProcess.of(status)
    try:
        yield Talking(process, reader, writer)
    finally:
        process.close()
        writer.close()


async def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait until something holds, while connections are closed."""
    await asyncio.to_thread(wait_until, what, holds, 5)


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - by their number only


def memory(pid: int) -> dict[str, int]:
    """Kinds of memory of a process [kB]."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    return {name: int(value.split()[0]) for name, _, value in (one.partition(":") for one in lines)}


async def test_it_has_its_streams_a_process_group_and_nothing_else() -> None:
    with a_template() as template:
        async with forked(template) as first, forked(template) as second:
            one, two = await first.line(), await second.line()
            assert one["pid"] == one["group"] == first.process.pid != two["pid"]
            assert one["parent"] == two["parent"] in children_of(os.getpid())
            assert one["open"] == two["open"] == [0, 1, 2]


@pytest.mark.parametrize(("command", "code"), [("exit 0", 0), ("exit 7", 7), ("raise it", 1)])
async def test_its_exit_status_is_told_and_an_exception_is_printed(
    capfd: pytest.CaptureFixture[str], command: str, code: int
) -> None:
    with a_template() as template:
        async with forked(template) as child:
            await child.line()
            child.say(command)
            assert await child.code() == code
            assert not child.process.lost
    assert ("ValueError: it" in capfd.readouterr().err) == command.startswith("raise")


async def test_a_kill_takes_what_it_has_started_too_and_the_signal_is_told() -> None:
    with a_template() as template:
        async with forked(template) as child:
            await child.line()
            child.say("spawn")
            spawned = await child.line()
            assert is_alive(spawned)
            child.process.kill()
            assert await child.code() == -signal.SIGKILL
            assert not child.process.lost
            await until("what it had started is gone", lambda: all_gone([spawned]))


async def test_its_id_stays_its_own_until_its_connection_is_closed() -> None:
    with a_template() as template:
        async with forked(template) as child:
            pid = (await child.line())["pid"]
            child.say("exit 3")
            assert await child.code() == 3
            assert exists(pid)
        await until("it is collected", lambda: not exists(pid))


async def test_who_gives_up_a_running_process_kills_it() -> None:
    with a_template() as template:
        async with forked(template) as child:
            pid = (await child.line())["pid"]
            os.kill(pid, signal.SIGSTOP)
        await until("it is gone", lambda: not exists(pid))
        async with forked(template) as another:
            await another.line()


async def test_a_process_that_is_given_up_before_it_is_forked_never_runs(tmp_path: Path) -> None:
    with a_template(TAKES_S="1") as template:
        conversation, status = template.fork([str(tmp_path / "given-up")])
        conversation.close()
        status.close()
        async with forked(template, str(tmp_path / "wanted")) as child:
            await child.line()
    assert os.listdir(tmp_path) == ["wanted"]  # noqa: PTH208 - names


async def test_processes_share_what_the_template_has_in_its_memory() -> None:
    megabytes = 64
    with a_template(TAKES_BYTES=str(megabytes << 20)) as template:
        async with forked(template) as child:
            pid = (await child.line())["pid"]
            sizes = memory(pid)
            assert sizes["Rss"] >> 10 > megabytes
            assert sizes["Private_Dirty"] >> 10 < megabytes // 4


async def test_a_template_that_dies_takes_its_processes_and_the_next_fork_starts_another() -> None:
    with a_template() as template:
        async with forked(template) as child:
            facts = await child.line()
            os.kill(facts["parent"], signal.SIGKILL)
            assert await child.code() == -signal.SIGKILL
            assert child.process.lost
            await until("it is gone", lambda: all_gone([facts["pid"]]))
        async with forked(template) as another:
            assert (await another.line())["parent"] != facts["parent"]


async def test_a_template_that_cannot_be_forked_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    with a_template(TAKES_A_THREAD="1") as template:
        async with forked(template) as child:
            await child.code()
            assert child.process.lost
            assert child.process.pid is None
    assert "its imports have started threads" in capfd.readouterr().err


async def test_two_hundred_processes_leave_no_descriptor_in_the_template() -> None:
    with a_template() as template:
        async with forked(template) as child:
            template_pid = (await child.line())["parent"]
            before = descriptors(template_pid)
            for _ in range(200):
                async with forked(template) as one:
                    one.say("exit 0")
                    assert await one.code() == 0
            await until("all are closed", lambda: descriptors(template_pid) == before)


KEEPER = f"""
import sys, time
from sptjobs.children.template import Template
template = Template({PROGRAM!r}, {VARIABLES!r})
kept = [template.fork([]) for _ in range(3)]
for conversation, _ in kept:
    print(conversation.makefile().readline(), end="", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("stopped", [False, True], ids=["", "the template stopped"])
def test_whatever_ends_the_parent_ends_the_template_and_all_its_processes(stopped: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, env=os.environ | VARIABLES
    ) as keeper:
        assert keeper.stdout is not None
        family = [json.loads(keeper.stdout.readline()) for _ in range(3)]
        pids = [one["pid"] for one in family]
        template = family[0]["parent"]
        assert all(map(is_alive, [*pids, template]))
        if stopped:
            os.kill(template, signal.SIGSTOP)
        keeper.kill()
        wait_until("all are gone", lambda: all_gone([*pids, template]), 5)


def test_a_fork_takes_a_tenth_of_a_start_at_most() -> None:
    with a_template(TAKES_S="0.5") as template:

        def seconds() -> float:
            begun = time.monotonic()
            conversation, status = template.fork([])
            with conversation, status, conversation.makefile() as lines:
                lines.readline()
                return time.monotonic() - begun

        first = seconds()
        assert min(seconds() for _ in range(5)) < first / 10


def test_arguments_of_any_kind_arrive_as_they_were() -> None:
    """A path may hold whatever a file system takes."""
    with a_template() as template:
        conversation, status = template.fork(["/proc/self/nowhere/\udcf6 'quoted\" \n"])
        conversation.settimeout(60)
        with conversation, status:
            assert conversation.recv(1) == b""
            code = json.loads(_all_of(status).splitlines()[1])
            assert code == {"code": 1}


def _all_of(connection: socket.socket) -> bytes:
    connection.settimeout(60)
    found = b""
    while found.count(b"\n") < 2:
        found += connection.recv(1024)
    return found
