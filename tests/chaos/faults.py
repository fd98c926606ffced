"""Doing what a schedule says to a running stack."""

import json
import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.chaos.inside import messages
from tests.chaos.schedule import LASTING_S, Fault
from tests.chaos.sites import Site
from tests.chaos.spoiling import hold_lock, spoil_map
from tests.chaos.undoing import Undoing
from tests.support.disks import fill_disk
from tests.support.processes import wait_until
from tests.support.releases import db_upgrade

_SIDES = ("send", "receive")
_STEPS_S = (-3600, 3600, -90, 90)
_LONGEST_STOP_S = max(longest for _, longest in LASTING_S.values())
_SLOW_S = (0.02, 0.05, 0.2, 1.0)


@dataclass
class Tormentor:
    """Applies faults; what it stopped it lets go on in time, at the latest in ``relent``.

    Attributes
    ----------
    hits, missed
        Faults that hit something, and those that hit nothing, since their victim was
        dead at that instant.
    migrated
        Whether the database is at the next release's schema.
    clocks_off
        Wall clocks that are wrong just now.
    clocks_right_at
        When the last of them was set right (monotonic clock) [s].
    """

    site: Site
    hits: list[Fault] = field(default_factory=list)
    missed: list[Fault] = field(default_factory=list)
    migrated: bool = False
    clocks_off: int = 0
    clocks_right_at: float = -math.inf
    undoing: Undoing = field(default_factory=Undoing)

    def apply(self, fault: Fault) -> None:
        """Do one fault; never waits for its end."""
        do = _FAULTS.get((fault.kind, fault.victim)) or _FAULTS[fault.kind, ""]
        (self.hits if do(self, fault) else self.missed).append(fault)

    def clocks_were_off(self, since: float) -> bool:
        """Tell whether a process may have seen a wrong clock after a time (monotonic clock) [s]."""
        # A stopped process does not look its clock up until it goes on.
        return self.clocks_off > 0 or self.clocks_right_at + _LONGEST_STOP_S > since

    def relent(self) -> None:
        """Let everything go on that is stopped, locked, spoiled, full or wrong."""
        self.undoing.finish()


def _kill(tormentor: Tormentor, fault: Fault) -> bool:
    return _signal(tormentor, fault, signal.SIGKILL) is not None


def _drain(tormentor: Tormentor, fault: Fault) -> bool:
    return _signal(tormentor, fault, signal.SIGTERM) is not None


def _stop(tormentor: Tormentor, fault: Fault) -> bool:
    pid = _signal(tormentor, fault, signal.SIGSTOP)
    if pid is None:
        return False
    tormentor.undoing.after(fault.length_s, lambda: _send(pid, signal.SIGCONT))
    return True


def _restart_broker(tormentor: Tormentor, fault: Fault) -> bool:
    return _signal(tormentor, fault, signal.SIGTERM) is not None


def _restart_database(tormentor: Tormentor, fault: Fault) -> bool:
    # PostgreSQL's "immediate shutdown": it ends without tidying up, as after a power cut.
    return _signal(tormentor, fault, signal.SIGQUIT) is not None


def _flush(tormentor: Tormentor, _fault: Fault) -> bool:
    path = str(tormentor.site.broker_socket())
    once = Retry(NoBackoff(), 0)
    with redis.Redis(unix_socket_path=path, socket_timeout=1, retry=once) as client:
        try:
            client.flushall()
        except (redis.RedisError, OSError):
            return False
    return True


def _confuse_messages(tormentor: Tormentor, fault: Fault) -> bool:
    # A repeated message is as good as sent twice; a consumer has nothing to repeat.
    side = "send" if fault.kind == "duplicate" else _SIDES[fault.pick % 2]
    until = time.monotonic() + fault.length_s
    order = {"kind": fault.kind, "side": side, "until": until}
    tormentor.site.write(messages.FILE, json.dumps(order))
    return True


def _spoil_line(tormentor: Tormentor, fault: Fault) -> bool:
    site = tormentor.site
    proxy = site.broker_proxy if fault.victim == "broker" else site.database_proxy
    assert proxy is not None
    match fault.kind:
        case "cut":
            proxy.cut()
        case "lose":
            proxy.lose()
        case "refuse":
            proxy.refuse(fault.length_s)
        case "slow":
            proxy.slow(fault.length_s, _SLOW_S[fault.pick % len(_SLOW_S)])
        case _:
            proxy.mute(fault.length_s)
    return True


def _lock(tormentor: Tormentor, fault: Fault) -> bool:
    table = "pack" if fault.victim == "packs" else ("job", "part")[fault.pick % 2]
    url = tormentor.site.database_url
    tormentor.undoing.meanwhile(lambda: hold_lock(url, table, fault.length_s))
    return True


def _fill(tormentor: Tormentor, fault: Fault) -> bool:
    empty = fill_disk(tormentor.site.results)
    if empty is None:
        return False
    tormentor.undoing.after(fault.length_s, empty)
    return True


def _spoil_map(tormentor: Tormentor, fault: Fault) -> bool:
    repair = spoil_map(tormentor.site, fault)
    if repair is None:
        return False
    tormentor.undoing.after(fault.length_s, repair)
    return True


def _step_clock(tormentor: Tormentor, fault: Fault) -> bool:
    site = tormentor.site
    files = [site.clock] if fault.victim == "database" else []
    files += [site.storm / "clocks" / str(pid) for pid in site.pids(fault.victim)]
    found = [file for file in files if file is not None and file.exists()]
    if not found:
        return False
    file = found[fault.pick % len(found)]
    tormentor.clocks_off += 1

    def step_back() -> None:
        file.write_text("+0\n")
        # Clocks are looked up once a second.
        time.sleep(1.5)
        tormentor.clocks_off -= 1
        tormentor.clocks_right_at = time.monotonic()

    file.write_text(f"{_STEPS_S[fault.pick % len(_STEPS_S)]:+d}\n")
    tormentor.undoing.after(fault.length_s, step_back)
    return True


def _migrate(tormentor: Tormentor, fault: Fault) -> bool:
    """Let the next release migrate, and this one after it, which then must change nothing."""
    site = tormentor.site

    def migrate() -> None:
        # It may fail, when something else strikes it; then the next one may not.
        later = site.release.upgrade(site.database_url)
        tormentor.migrated |= later.returncode == 0
        if fault.pick % 2:
            db_upgrade(site.database_url, {})

    tormentor.undoing.meanwhile(migrate)
    return True


def _roll(tormentor: Tormentor, fault: Fault) -> bool:
    """Start a process again on this release or, once the database allows it, on the next."""
    later = tormentor.migrated and fault.pick % 3
    tormentor.site.write("release", str(tormentor.site.release.source) if later else "")
    return _drain(tormentor, fault)


def _signal(tormentor: Tormentor, fault: Fault, number: signal.Signals) -> int | None:
    site = tormentor.site
    if fault.victim.startswith("busy"):
        # Asked for where the schedule is about this very part: wait for it.
        wait_until("a worker is busy", lambda: bool(site.pids(fault.victim)), 60)
    victims = site.pids(fault.victim)
    if not victims:
        return None
    pid = victims[fault.pick % len(victims)]
    return pid if _send(pid, number) else None


def _send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


_FAULTS: dict[tuple[str, str], Callable[[Tormentor, Fault], bool]] = {
    ("kill", ""): _kill,
    ("stop", ""): _stop,
    ("drain", ""): _drain,
    ("flush", ""): _flush,
    ("restart", "broker"): _restart_broker,
    ("restart", "database"): _restart_database,
    ("lock", ""): _lock,
    ("fill", ""): _fill,
    ("step", ""): _step_clock,
    ("migrate", ""): _migrate,
    ("roll", ""): _roll,
}
_FAULTS |= dict.fromkeys(
    ((kind, "messages") for kind in ("duplicate", "drop", "delay", "reorder")), _confuse_messages
)
_FAULTS |= dict.fromkeys(
    ((kind, "") for kind in ("cut", "lose", "refuse", "slow", "mute")), _spoil_line
)
_FAULTS |= dict.fromkeys(((kind, "map") for kind in ("vanish", "truncate", "corrupt")), _spoil_map)
