"""``python -m tests.bench``: measures, prints, and writes records to docs/benchmarks."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import latency, throughput

_ROOT = Path(__file__).parents[2]
_VAR = _ROOT / "var/bench"
_LIMITS = {"RUN to EXECUTING, by the rows": (50.0, 200.0)}
"""Milliseconds at p50 and p99 that must not be exceeded."""


def main() -> int:
    """Run the benchmarks; return 1 when a limit is exceeded."""
    scale = float(os.environ.get("SPT_TEST_SCALE", "1"))
    count, many = int(100 * scale), int(1_000 * scale)
    load = os.getloadavg()[0]
    figures = latency.measure(_VAR, count)
    _write("latency", _latency_record(figures, count, load))
    rates = [
        throughput.measure(_VAR / database, _VAR / "archive", database, many)
        for database in throughput.databases()
    ]
    _write("throughput", _throughput_record(rates, many, load))
    return 0 if all(_within(each) for each in figures) else 1


def _within(each: latency.Figures) -> bool:
    p50, p99 = _LIMITS.get(each.what, (float("inf"), float("inf")))
    return each.p50 <= p50 and each.p99 <= p99


def _latency_record(figures: list[latency.Figures], count: int, load: float) -> str:
    lines = [
        "# Latency of a small job on an idle stack",
        "",
        f"{count} jobs of one stamp, one after the other, on the stack of `make run` (SQLite, the",
        "embedded broker, one execute worker).",
        *_machine(load),
        "",
        "| what [ms] | p50 | p90 | p99 | worst | limit p50, p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in figures:
        limit = ", ".join(f"{value:g}" for value in _LIMITS.get(each.what, ()))
        numbers = f"{each.p50:.1f} | {each.p90:.1f} | {each.p99:.1f} | {each.worst:.1f}"
        lines.append(f"| {each.what} | {numbers} | {limit} |")
    return "\n".join(lines) + "\n"


def _throughput_record(rates: list[throughput.Rates], count: int, load: float) -> str:
    lines = [
        "# Jobs a second",
        "",
        f"{count} jobs of one stamp, submitted as fast as one client can, one request after the",
        "other, each with RUN; two execute workers of two slots; all of it on one machine. A job",
        "is an HTTP request, three transactions and a pack of four files brought to the disk. The",
        "peer is a bare INSERT of a kilobyte with its commit, one after the other, by one",
        "connection to the same database in the same run.",
        *_machine(load),
        "",
        "| database | submitted/s | completed/s | bare inserts/s | submitted | completed |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in rates:
        ratios = f"{each.submitted / each.inserts:.3f} | {each.completed / each.inserts:.3f}"
        numbers = f"{each.submitted:.1f} | {each.completed:.1f} | {each.inserts:.0f}"
        lines.append(f"| {each.database} | {numbers} | {ratios} |")
    return "\n".join([*lines, "", "The last two columns are ratios to the bare inserts."]) + "\n"


def _machine(load: float) -> list[str]:
    return [
        f"On {time.strftime('%Y-%m-%d')} at {_commit()}, {os.cpu_count()} cores,",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},",
        f"load {load:.1f} at first. `make bench` repeats it.",
    ]


def _write(name: str, text: str) -> None:
    sys.stdout.write(text)
    path = _ROOT / "docs/benchmarks" / f"{name}-{time.strftime('%Y-%m-%d')}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "an unknown commit"


if __name__ == "__main__":
    sys.exit(main())
