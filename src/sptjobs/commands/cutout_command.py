"""The command ``sptjobs cutout``: stamps of any FITS maps, without the service."""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sptjobs
from sptjobs.archive.collection import Collection, read_collection
from sptjobs.archive.map_reader import MapReader, ReadingLimits
from sptjobs.archive.scan import check_regular
from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.folder import FolderWriter
from sptjobs.cutouts.plan.plan import plan
from sptjobs.cutouts.request_file import REQUEST_FILE, request_file
from sptjobs.cutouts.sink import Sink
from sptjobs.maps.declaration import FILE_NAME
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.packs.manifest import manifest_csv, manifest_json, manifest_votable
from sptjobs.packs.reader import iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.packs.stream import tar_stream
from sptjobs.packs.writer import PackWriter
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from sptjobs.request.numbers import parse_bounded
from sptjobs.request.positions import parse_positions
from sptjobs.request.reading_apart import provide
from sptjobs.request.targets import parse_size
from sptjobs.target_tables.astropy_tables import load_astronomy
from sptjobs.uws.errors import ParameterError, ServiceError, UsageError
from sptjobs.uws.pair_status import Status

_MAX_TARGETS = 10_000_000
_PART_COST_S = 10.0
"""Here parts only bound the memory: they are cut one after the other."""

DONE, SOME_FAILED, REFUSED = 0, 1, 2
"""Exit codes: everything has an honest status; a pair or a map failed; nothing was done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "--positions",
        required=True,
        type=Path,
        metavar="FILE",
        help="table with RA and DEC: CSV, VOTable or ECSV",
    )
    parser.add_argument("--size", required=True, metavar="ARCMIN", help="where a row has none")
    parser.add_argument("--projection", choices=["native", "tan"], default="native")
    parser.add_argument("--pixel-scale", metavar="ARCMIN", help="TAN only; default the map's")
    parser.add_argument(
        "--order", choices=[order.value for order in Order], help="TAN only; default bilinear"
    )
    output = parser.add_mutually_exclusive_group(required=True)
    output.add_argument("--out", type=Path, metavar="DIR", help="new or empty folder")
    output.add_argument("--tar", type=Path, metavar="FILE", help="file that does not exist yet")
    parser.add_argument("maps", nargs="+", type=Path, metavar="MAP", help="FITS map with weights")


def run(arguments: argparse.Namespace) -> int:
    """Cut stamps and return the exit code."""
    try:
        request = _request(arguments)
        _check_output(arguments)
        maps, unreadable = _records(arguments.maps)
        outcomes = _made(request, maps, arguments)
    except ServiceError as error:
        print(f"sptjobs cutout: {error.message}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"sptjobs cutout: {error.filename}: {error.strerror}", file=sys.stderr)
        return REFUSED
    counts = Counter(outcome.status for outcome in outcomes)
    _print_summary(request, maps, outcomes, counts)
    return SOME_FAILED if unreadable or counts[Status.FAILED] else DONE


def _request(arguments: argparse.Namespace) -> CutoutRequest:
    projection = Projection.TAN if arguments.projection == "tan" else Projection.NATIVE
    if projection is Projection.NATIVE:
        for name in ("pixel_scale", "order"):
            value = getattr(arguments, name)
            if value is not None:
                message = "native stamps keep the map's pixels; add --projection tan"
                raise ParameterError(message, field=name.upper(), value=value)
    size = parse_size(arguments.size, field="SIZE")
    provide(load_astronomy)
    scale = arguments.pixel_scale
    return CutoutRequest(
        targets=parse_positions(
            arguments.positions.read_bytes(), default_size=(size, size), max_targets=_MAX_TARGETS
        ),
        projection=projection,
        pixel_scale=None
        if scale is None
        else parse_bounded(scale, minimum=0.01, maximum=60.0, unit="arcmin", field="PIXEL_SCALE"),
        order=Order(arguments.order or Order.BILINEAR),
    )


def _check_output(arguments: argparse.Namespace) -> None:
    """Refuse to write over anything."""
    if arguments.tar is not None and arguments.tar.exists():
        raise UsageError(f"{arguments.tar} exists already")
    if arguments.out is not None and arguments.out.exists() and any(arguments.out.iterdir()):
        raise UsageError(f"{arguments.out} is not empty")


def _records(paths: Sequence[Path]) -> tuple[list[MapRecord], int]:
    """Records of the maps that can be read, and how many cannot."""
    records = []
    with MapReader(ReadingLimits()) as reader:
        for path in paths:
            try:
                records.append(_record(path, reader))
            except (MapError, OSError) as error:
                print(f"sptjobs cutout: {path}: {error}", file=sys.stderr)
    if not records:
        raise UsageError("none of the maps can be read")
    for map_id, count in Counter(record.map_id for record in records).items():
        if count > 1:
            raise UsageError(f"MAP: {count} maps are named {map_id}, so that files would mix")
    return records, len(paths) - len(records)


def _record(path: Path, reader: MapReader) -> MapRecord:
    """Record of a map, with what a ``collection.toml`` beside it confirms."""
    path = path.absolute()
    check_regular(path.stat())
    record = reader.read(path, str(path))
    beside = path.parent / FILE_NAME
    confirmed = read_collection(beside) if beside.exists() else Collection()
    facts: dict[str, Any] = confirmed.facts(record.filetype, record.band)
    return replace(record, **facts)


def _made(
    request: CutoutRequest, maps: Sequence[MapRecord], arguments: argparse.Namespace
) -> list[Outcome]:
    """Cut everything, write it with its manifest, and return the manifest's rows."""
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        folder = FolderWriter(arguments.out)
        _cut(request, maps, folder)
        outcomes = _in_order(folder.outcomes, maps)
        for name, content in _manifests(request, maps, outcomes).items():
            folder.add_file(name, content, "", "")
        return outcomes
    with _scratch(arguments.tar) as scratch:
        with PackWriter(scratch / "pack") as pack:
            _cut(request, maps, pack)
        outcomes = _in_order(iter_outcomes(pack.folder), maps)
        manifests = list(_manifests(request, maps, outcomes).items())
        with (scratch / "tar").open("wb") as stream:
            stream.writelines(tar_stream([pack.folder], manifests))
        (scratch / "tar").rename(arguments.tar)
    return outcomes


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    scratch = Path(tempfile.mkdtemp(prefix=".cutout-", dir=beside.absolute().parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def _cut(request: CutoutRequest, maps: Sequence[MapRecord], sink: Sink) -> None:
    work = plan(request, maps, _PART_COST_S)
    sink.add_file(
        REQUEST_FILE, request_file(request, _snapshot(maps), maps), "application/json", "request"
    )
    for outcome in work.settled():
        sink.add_outcome(outcome)
    for position in range(len(work.slices)):
        cut_part(work.part(position, position), Path("/"), sink, lambda _: None)


def _in_order(outcomes: Iterable[Outcome], maps: Sequence[MapRecord]) -> list[Outcome]:
    places = {record.map_id: place for place, record in enumerate(maps)}
    return sorted(outcomes, key=lambda outcome: (outcome.target, places[outcome.map_id]))


def _snapshot(maps: Sequence[MapRecord]) -> str:
    """Name of the set of maps: the digest of their checksums."""
    return hashlib.sha256("\n".join(record.sha256 for record in maps).encode()).hexdigest()


def _manifests(
    request: CutoutRequest, maps: Sequence[MapRecord], outcomes: Sequence[Outcome]
) -> dict[str, bytes]:
    facts = {
        "creator": f"spt3g-data-service {sptjobs.__version__}",
        "request_sha256": request.digest(),
        "snapshot": _snapshot(maps),
    }
    return {
        "manifest.json": b"".join(manifest_json(facts, outcomes)),
        "manifest.csv": b"".join(manifest_csv(outcomes)),
        "manifest.vot": b"".join(manifest_votable(facts, outcomes)),
    }


def _print_summary(
    request: CutoutRequest,
    maps: Sequence[MapRecord],
    outcomes: Sequence[Outcome],
    counts: Counter[str],
) -> None:
    written = sum(outcome.file is not None for outcome in outcomes)
    summary = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    print(
        f"{len(request.targets)} targets, {len(maps)} maps, {written} files: {summary or 'nothing'}"
    )
    unconfirmed = [record.map_id for record in maps if record.unit is None]
    if unconfirmed:
        print(
            f"Nobody confirmed the unit of {', '.join(unconfirmed[:3])}"
            f"{', ...' if len(unconfirmed) > 3 else ''} ({len(unconfirmed)} of {len(maps)} maps): "
            f"stamps have no BUNIT, and keep the map's own as SRCBUNIT. Write the unit into a "
            f"{FILE_NAME} beside the map.",
            file=sys.stderr,
        )
    for outcome in outcomes:
        if outcome.status == Status.FAILED:
            print(f"{outcome.objid}, {outcome.map_id}: {outcome.reason}", file=sys.stderr)
