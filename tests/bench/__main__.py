"""``python -m tests.bench``: measures, prints, and writes records to docs/benchmarks."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import (
    job_reads,
    large_job,
    latency,
    light_curves,
    stamp_growth,
    stamps,
    sync,
    throughput,
    tokens,
)
from tests.bench.stamp_plots import growth_svg, rates_svg
from tests.bench.stamp_record import GROWTH_PLOT, RATES_PLOT, stamp_record

_ROOT = Path(__file__).parents[2]
_VAR, _RECORDS = _ROOT / "var/bench", _ROOT / "docs/benchmarks"
_LIMITS = {
    "RUN to EXECUTING, by the rows": (50.0, 200.0),
    "sync, one band as FITS": (150.0, 500.0),
    "sync, three bands as FITS": (150.0, 500.0),
    "sync, a picture": (150.0, 500.0),
    "verification, uncached (HS256)": (110.0, 110.0),
    "verification, cached": (20.0, 20.0),
}
"""What must not be exceeded at p50 and p99: milliseconds, of verification microseconds."""

_READ = 3.0
"""Most processor time of reading a job, in that of a bare handler."""
_PLANNING_S = 2.0
"""Most processor time of planning 10,000 targets on 500 maps [s]."""


def main() -> int:
    """Run the benchmarks, or those that are named; return 1 when a limit is exceeded."""
    runs = {
        "latency": _latency,
        "throughput": _throughput,
        "tokens": _tokens,
        "stamps": _stamps,
        "sync": _sync,
        "job_reads": _job_reads,
        "large_job": _large_job,
        "light_curves": _light_curves,
    }
    # Behind everything that is installed, whose versions count.
    sys.path.append(str(_ROOT / "var/peers"))
    scale, load = float(os.environ.get("SPT_TEST_SCALE", "1")), os.getloadavg()[0]
    kept = [runs[name](scale, load) for name in sys.argv[1:] or runs]
    return 0 if all(kept) else 1


_CLIENTS = (1, 4)
"""Clients that submit beside each other when jobs a second are measured."""


def _latency(scale: float, load: float) -> bool:
    count = int(100 * scale)
    figures = latency.measure(_VAR, count)
    _write("latency", _latency_record(figures, count, load))
    return all(_within(each) for each in figures)


def _throughput(scale: float, load: float) -> bool:
    count = int(1_000 * scale)
    rates = [
        throughput.measure(_VAR / f"{database}-{n}", _VAR / "archive", database, count, n)
        for database in throughput.databases()
        for n in _CLIENTS
    ]
    _write("throughput", _throughput_record(rates, count, load))
    return True


def _tokens(scale: float, load: float) -> bool:
    count = int(5_000 * scale)
    figures = tokens.measure(_VAR, count)
    _write("tokens", _tokens_record(figures, count, load))
    return all(_within(each) for each in figures)


def _stamps(scale: float, load: float) -> bool:
    measured = stamps.measure_all(_VAR / "maps", scale)
    growths = stamp_growth.measure_growth(_VAR / "maps", scale)
    seconds = stamps.planning(int(10_000 * scale), int(500 * scale))
    text = "\n".join(stamp_record(measured, growths, scale, _machine(load)))
    planned = (
        f"Planning {10_000 * scale:.0f} targets on {500 * scale:.0f} maps of four grids takes"
        f" {seconds:.2f} s of\nprocessor time; {_PLANNING_S:g} s are the most at scale 1."
    )
    _write("stamps", f"{text}\n\n{planned}\n")
    (_RECORDS / RATES_PLOT).write_text(rates_svg(measured), encoding="utf-8")
    (_RECORDS / GROWTH_PLOT).write_text(growth_svg(growths), encoding="utf-8")
    reached = (ratio.value >= ratio.wanted.least for m in measured.values() for ratio in m.ratios)
    return all(reached) and seconds <= _PLANNING_S


def _sync(scale: float, load: float) -> bool:
    count = int(50 * scale)
    figures = sync.measure(_VAR, count)
    _write("sync", _sync_record(figures, count, load))
    return all(_within(each) for each in figures)


def _job_reads(scale: float, load: float) -> bool:
    count = int(2_000 * scale)
    costs = job_reads.measure(_VAR, count)
    _write("job-reads", _reads_record(costs, count, load))
    return all(each.ratio <= _READ for each in costs)


def _large_job(scale: float, load: float) -> bool:
    count = int(10_000 * scale)
    times = large_job.measure(_VAR / "large", _VAR / "archive", count)
    _write("large-job", _large_record(times, count, load))
    return times.is_kept


def _light_curves(scale: float, load: float) -> bool:
    targets, observations = int(1_000 * min(scale, 1)), int(500 * min(scale, 1))
    curves = light_curves.measure(_VAR / "curves", targets, observations)
    _write("light-curves", _curves_record(curves, load))
    return curves.is_kept


def _within(each: latency.Figures) -> bool:
    p50, p99 = _LIMITS.get(each.what, (float("inf"), float("inf")))
    return each.p50 <= p50 and each.p99 <= p99


def _latency_record(figures: list[latency.Figures], count: int, load: float) -> str:
    about = [
        f"{count} jobs of one stamp, one after the other, on the stack of `make run` (SQLite, the",
        "embedded broker, one execute worker).",
    ]
    return _record("Latency of a small job on an idle stack", about, load, _table(figures, "ms"))


def _sync_record(figures: list[latency.Figures], count: int, load: float) -> str:
    about = [
        f"{count} of each, one after the other, on the stack of `make run` (SQLite, the embedded",
        "broker, one execute worker): a circle of 3 arcmin of the newest coadds, from the request",
        "to the last byte. The limits are those of an idle machine.",
    ]
    return _record("Synchronous cutouts", about, load, _table(figures, "ms"))


def _reads_record(costs: list[job_reads.Cost], count: int, load: float) -> str:
    about = [
        f"{count} of each, in batches by turns, one after the other by one client that keeps its",
        "connection: the API server of `make run` (SQLite), and an aiohttp handler that verifies",
        f"an access token and does nothing else. {_READ:g} times the latter are the most.",
    ]
    table = [
        "| what | µs | ratio |",
        "| --- | ---: | ---: |",
        *(f"| {each.what} | {each.microseconds:.0f} | {each.ratio:.1f} |" for each in costs),
    ]
    return _record("Processor time of reading a job", about, load, table)


def _large_record(times: large_job.Times, count: int, load: float) -> str:
    about = [
        f"{count} targets on the newest coadd of one band, on the stack of `make run` (SQLite, the",
        "embedded broker, one execute worker), seen by the client from its request to COMPLETED;",
        "and the same planned and cut by one process. The best of three by turns. Twice the latter",
        "and half a second are the most.",
    ]
    table = [
        "| what | s |",
        "| --- | ---: |",
        f"| through the service, {times.parts} parts | {times.service_s:.2f} |",
        f"| the engine alone | {times.engine_s:.2f} |",
    ]
    return _record("A job of many targets", about, load, table)


def _curves_record(curves: light_curves.Curves, load: float) -> str:
    about = [
        f"Flux densities of {curves.targets} targets all over {curves.observations} filtered maps",
        "of 14,000 x 7,000 pixels, GZIP_2 in rows: one map under so many names, so that its bytes",
        "come from the memory of the system, and not from a disk. By the engine alone, in",
        f"{light_curves.PROCESSES} processes. {light_curves.MINUTES:g} minutes are the most for",
        "1,000 targets on 500 maps.",
    ]
    table = [
        "| what | |",
        "| --- | ---: |",
        f"| points | {curves.points} |",
        f"| planning | {curves.planned_s:.1f} s |",
        f"| measuring | {curves.cut_s:.1f} s |",
        f"| points a second | {curves.points / curves.cut_s:.0f} |",
        f"| most anonymous memory of a process | {curves.peak / 1e6:.0f} MB |",
    ]
    return _record("Light curves of many targets", about, load, table)


def _tokens_record(figures: list[latency.Figures], count: int, load: float) -> str:
    about = [
        f"{count} tokens, each checked once unknown and then known; means of batches of 500.",
    ]
    return _record("CPU time of checking an access token", about, load, _table(figures, "µs"))


def _table(figures: list[latency.Figures], unit: str) -> list[str]:
    lines = [
        f"| what [{unit}] | p50 | p90 | p99 | worst | limit p50, p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in figures:
        limit = ", ".join(f"{value:g}" for value in _LIMITS.get(each.what, ()))
        numbers = f"{each.p50:.1f} | {each.p90:.1f} | {each.p99:.1f} | {each.worst:.1f}"
        lines.append(f"| {each.what} | {numbers} | {limit} |")
    return lines


def _throughput_record(rates: list[throughput.Rates], count: int, load: float) -> str:
    lines = [
        "# Jobs a second",
        "",
        f"{count} jobs of one stamp, each with RUN, submitted by one client and by several beside",
        "each other, each of which waits for a response before it sends the next request; two",
        "execute workers, each with one shared slot and the reserved one; all of it on one",
        "machine. A job is an HTTP request, three transactions and a pack of four files brought to",
        "the disk. The peer is a bare INSERT of a kilobyte with its commit, one after the other,",
        "by one connection to the same database in the same run.",
        *_machine(load),
        "",
        "| database | clients | submitted/s | completed/s | inserts/s | submitted | completed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in rates:
        ratios = f"{each.submitted / each.inserts:.3f} | {each.completed / each.inserts:.3f}"
        numbers = f"{each.submitted:.1f} | {each.completed:.1f} | {each.inserts:.0f}"
        lines.append(f"| {each.database} | {each.clients} | {numbers} | {ratios} |")
    return "\n".join([*lines, "", "The last two columns are ratios to the bare inserts."]) + "\n"


def _record(title: str, about: list[str], load: float, table: list[str]) -> str:
    """Text of a record: what was measured, on which machine, and the figures."""
    return "\n".join([f"# {title}", "", *about, *_machine(load), "", *table]) + "\n"


def _machine(load: float) -> list[str]:
    return [
        f"On {time.strftime('%Y-%m-%d')} at {_commit()}, {os.cpu_count()} cores,",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},",
        f"load {load:.1f} at first. `make bench` repeats it.",
    ]


def _write(name: str, text: str) -> None:
    sys.stdout.write(text)
    path = _RECORDS / f"{name}-{time.strftime('%Y-%m-%d')}.md"
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
