"""The command ``sptjobs archive``: make, catalogue, list and check maps; make their surveys."""

import argparse
import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from sptjobs.archive.map_reader import MapReader, ReadingLimits
from sptjobs.archive.scan import Refusal, scan, sha256_of
from sptjobs.commands.archive_hips import add_hips, make_surveys
from sptjobs.commands.needed_settings import settings_without
from sptjobs.hips.survey_folder import RootInUseError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site
from sptjobs.settings import Settings
from sptjobs.simulation.healpix_coadds import write_healpix_coadds
from sptjobs.simulation.simulated_maps import DEFAULT_SEED, make_survey, write_maps
from sptjobs.store.maps import IngestSummary, current_maps, ingest_maps, known_maps
from sptjobs.store.opening import open_database
from sptjobs.store.schema_revision import SchemaError
from sptjobs.uws.errors import ServiceError

_COLUMNS = ("MAP", "BAND", "TYPE", "DATE", "FIELD", "UNIT", "PIXELS", "FILE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``sptjobs archive`` to a parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    synth = actions.add_parser("synth", help="make simulated maps")
    synth.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    synth.add_argument("--seed", type=_seed, default=DEFAULT_SEED, metavar="N")
    synth.add_argument(
        "--healpix", action="store_true", help="write the coadds as HEALPix maps, too"
    )
    size = synth.add_mutually_exclusive_group()
    size.add_argument("--set", choices=["demo", "tiny"], default="demo", dest="survey")
    size.add_argument(
        "--full",
        action="store_const",
        const="full",
        dest="survey",
        help="the whole winter field at its real size",
    )
    ingest = actions.add_parser("ingest", help="catalogue the maps of a folder")
    ingest.add_argument("folder", type=Path, nargs="?", help="by default SPT_ARCHIVE")
    ingest.add_argument(
        "--read-again", action="store_true", help="read files that did not change, too"
    )
    ingest.add_argument(
        "--allow-empty",
        action="store_true",
        help="take every map out of the catalogue when the folder holds none",
    )
    listing = actions.add_parser("list", help="list the catalogued maps")
    for action in (ingest, listing):
        action.add_argument("--json", action="store_true", help="print JSON")
    actions.add_parser("check", help="verify the files against the catalogue")
    add_hips(actions.add_parser("hips", help="make surveys (HiPS) of the coadds"))


def run(arguments: argparse.Namespace) -> int:
    """Run the action that was parsed, and return its exit code."""
    try:
        return _run(arguments)
    except (ServiceError, SchemaError, RootInUseError, OSError) as error:
        print(f"sptjobs: {error}", file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    if arguments.action == "synth":
        return _synth(arguments)
    if arguments.action == "ingest":
        return asyncio.run(_ingest(arguments))
    if arguments.action == "list":
        return asyncio.run(_list(arguments))
    if arguments.action == "hips":
        return asyncio.run(make_surveys(_settings(), arguments))
    return asyncio.run(_check())


def _seed(text: str) -> int:
    seed = int(text)
    if seed < 0:
        raise argparse.ArgumentTypeError(f"must not be negative: {text}")
    return seed


def _settings() -> Settings:
    return settings_without("SPT_BROKER_URL", "SPT_RESULTS")


def _synth(arguments: argparse.Namespace) -> int:
    survey = make_survey(arguments.survey)
    count, size = 0, 0
    written = write_maps(arguments.out, survey, arguments.seed)
    if arguments.healpix:
        written = chain(written, write_healpix_coadds(arguments.out, survey))
    for path in written:
        count, size = count + 1, size + path.stat().st_size
        print(path.relative_to(arguments.out).as_posix(), flush=True)
    print(f"{count} maps, {size / 1e6:.1f} MB, in {arguments.out}")
    return 0


async def _ingest(arguments: argparse.Namespace) -> int:
    settings = _settings_with(arguments.folder)
    if not settings.archive.is_dir():
        print(f"sptjobs: there is no folder {settings.archive}", file=sys.stderr)
        return 1
    declare_site(settings.archive)
    async with open_database(settings.database_url) as database:
        old = () if arguments.read_again else await known_maps(database)
        known = {record.path: record for record in old}
        found = await asyncio.to_thread(_scanned, settings, known)
        records = [item for item in found if isinstance(item, MapRecord)]
        refused = [item for item in found if isinstance(item, Refusal)]
        catalogued = 0 if records else len(await current_maps(database))
        keeps = bool(catalogued) and not arguments.allow_empty
        summary = await ingest_maps(database, records, keep_missing=keeps)
    _print_ingest(summary, len(records), refused, as_json=arguments.json)
    if not records:
        print(_nothing_found(settings.archive, catalogued, keeps=keeps), file=sys.stderr)
    # A site without maps yet is no fault, and is asked again by the next run.
    return 1 if keeps or (refused and not records) else 0


def _nothing_found(folder: Path, catalogued: int, *, keeps: bool) -> str:
    """What a folder without a map means, and what to do."""
    where = f"sptjobs: no map that can be read in {folder}"
    if keeps:
        return (
            f"{where}, and {catalogued} are catalogued: the catalogue stays as it is. If the"
            " folder is the right one and is mounted, --allow-empty takes them out"
        )
    return f"{where}: put files there that end with .fits, .fits.gz or .fits.fz, and ingest again"


def _settings_with(folder: Path | None) -> Settings:
    if folder is not None:
        os.environ.setdefault("SPT_ARCHIVE", str(folder))
    settings = _settings()
    return settings if folder is None else dataclasses.replace(settings, archive=folder.absolute())


def _scanned(settings: Settings, known: dict[str, MapRecord]) -> list[MapRecord | Refusal]:
    with MapReader(ReadingLimits(settings.child_memory_bytes), settings.archive) as reader:
        return list(scan(settings.archive, known, reader.read))


def _print_ingest(
    summary: IngestSummary, count: int, refused: list[Refusal], *, as_json: bool
) -> None:
    if as_json:
        report = dataclasses.asdict(summary)
        report |= {"maps": count, "refused": [dataclasses.asdict(item) for item in refused]}
        print(json.dumps(report, indent=2))
        return
    for item in refused:
        print(f"refused {item.path}: {item.reason}")
    print(
        f"{count} maps catalogued: {summary.added} added, {summary.replaced} replaced, "
        f"{summary.unchanged} unchanged, {summary.removed} removed; "
        f"{len(refused)} files refused; snapshot {summary.snapshot}"
    )


async def _list(arguments: argparse.Namespace) -> int:
    async with open_database(_settings().database_url) as database:
        records = await current_maps(database)
    if arguments.json:
        print(json.dumps([record.to_fields() for record in records], indent=2))
    else:
        _print_table([_COLUMNS, *(_row(record) for record in records)])
        print(f"{len(records)} maps")
    return 0


def _row(record: MapRecord) -> tuple[str, ...]:
    ny, nx = record.shape
    date = (record.date_beg or "coadd")[:10]
    unit, size = record.unit or "-", f"{nx}x{ny}"
    return (
        record.map_id, record.band, record.filetype, date, record.region, unit, size, record.path
    )  # fmt: skip


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


async def _check() -> int:
    settings = _settings()
    async with open_database(settings.database_url) as database:
        records = await current_maps(database)
    bad = list(await asyncio.to_thread(_bad_files, settings.archive, records))
    for path, reason in bad:
        print(f"{path}: {reason}")
    print(f"{len(records) - len(bad)} of {len(records)} files are as they were catalogued")
    return 1 if bad else 0


def _bad_files(archive: Path, records: Iterable[MapRecord]) -> list[tuple[str, str]]:
    reasons = ((record.path, _difference(archive / record.path, record)) for record in records)
    return [(path, reason) for path, reason in reasons if reason is not None]


def _difference(file: Path, record: MapRecord) -> str | None:
    """What differs between a file and its record, None if nothing does."""
    try:
        size = file.stat().st_size
        if size != record.size_bytes:
            return f"has {size} bytes, catalogued with {record.size_bytes}"
        checksum = sha256_of(file)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if checksum != record.sha256:
        return f"has SHA-256 {checksum}, catalogued with {record.sha256}"
    return None
