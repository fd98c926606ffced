"""``python -m tests.bench``: measures, prints, and writes a record to docs/benchmarks."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.latency import Figures, measure

_ROOT = Path(__file__).parents[2]
_LIMITS = {"RUN to EXECUTING, by the rows": (50.0, 200.0)}
"""Milliseconds at p50 and p99 that must not be exceeded."""


def main() -> int:
    """Run the benchmarks; return 1 when a limit is exceeded."""
    count = int(100 * float(os.environ.get("SPT_TEST_SCALE", "1")))
    load = os.getloadavg()[0]
    figures = measure(_ROOT / "var/bench", count)
    text = _record(figures, count, load)
    sys.stdout.write(text)
    path = _ROOT / "docs/benchmarks" / f"latency-{time.strftime('%Y-%m-%d')}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return 0 if all(_within(each) for each in figures) else 1


def _within(each: Figures) -> bool:
    p50, p99 = _LIMITS.get(each.what, (float("inf"), float("inf")))
    return each.p50 <= p50 and each.p99 <= p99


def _record(figures: list[Figures], count: int, load: float) -> str:
    lines = [
        "# Latency of a small job on an idle stack",
        "",
        f"{count} jobs of one stamp, one after the other, on the stack of `make run` (SQLite, the",
        f"embedded broker, one execute worker). On {time.strftime('%Y-%m-%d')} at {_commit()},",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()},",
        f"Python {platform.python_version()}, load {load:.1f} at first. `make bench` repeats it.",
        "",
        "| what [ms] | p50 | p90 | p99 | worst | limit p50, p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in figures:
        limit = ", ".join(f"{value:g}" for value in _LIMITS.get(each.what, ()))
        numbers = f"{each.p50:.1f} | {each.p90:.1f} | {each.p99:.1f} | {each.worst:.1f}"
        lines.append(f"| {each.what} | {numbers} | {limit} |")
    return "\n".join(lines) + "\n"


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "an unknown commit"


if __name__ == "__main__":
    sys.exit(main())
