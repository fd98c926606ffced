"""What ``sptjobs cutout`` does, step by step: request, maps, plan, stamps, manifest, summary."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sptjobs
from sptjobs.archive.map_reader import MapReader
from sptjobs.children.freed_memory import give_back_large_blocks, give_back_memory
from sptjobs.commands.cutout_maps import ChosenHdus, read_maps
from sptjobs.commands.cutout_rows import RowsInOrder
from sptjobs.commands.cutout_run import Run, cut_parts, snapshot_name
from sptjobs.commands.cutout_summary import plan_lines, summary_lines
from sptjobs.commands.exit_codes import ALL_FAILED, DONE, SOME_FAILED
from sptjobs.cutouts.plan.plan import Plan, plan
from sptjobs.cutouts.request_file import REQUEST_FILE, request_file
from sptjobs.maps.declaration import FILE_NAME
from sptjobs.maps.record import MapRecord
from sptjobs.packs.file_selection import stored_files
from sptjobs.packs.job_tar import MadeFile, TopFolder, folder_name, job_tar_segments
from sptjobs.packs.manifest import manifest_csv, manifest_json, manifest_votable, units_of
from sptjobs.packs.stream import Segment, chunks_of
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection
from sptjobs.request.numbers import parse_bounded
from sptjobs.request.parameter_values import in_order_of, one_of
from sptjobs.request.positions import parse_positions
from sptjobs.request.reading_apart import Astronomy, provide
from sptjobs.request.selection_parameters import POLARIZATIONS
from sptjobs.request.targets import parse_size
from sptjobs.uws.errors import ParameterError, UsageError
from sptjobs.uws.pair_status import Status

_MAX_TARGETS = 10_000_000
_PART_COST_S = 2.0
"""How much is cut anew when a run is resumed; it also bounds the memory."""


def carried_out(arguments: argparse.Namespace, reader: MapReader) -> int:
    """Cut stamps and return the exit code; the reader of maps is ended as soon as it has done."""
    give_back_large_blocks()
    with reader:
        request = _request(arguments)
        give_back_memory()
        target = None if arguments.list else _output(arguments)
        hdus = ChosenHdus.of(arguments.hdu, arguments.weights)
        maps, unreadable = read_maps(arguments.maps, hdus, reader)
    work = plan(request, maps, _PART_COST_S)
    give_back_memory()
    if target is None:
        print("\n".join(plan_lines(work)))
        return SOME_FAILED if unreadable else DONE
    rows = _made(work, maps, target, arguments)
    try:
        _print_summary(work, maps, rows)
    finally:
        target.forget()
    return _exit_code(rows, unreadable)


def _exit_code(rows: RowsInOrder, unreadable: int) -> int:
    failed = rows.of_status()[Status.FAILED]
    if failed and failed == len(rows):
        return ALL_FAILED
    return SOME_FAILED if unreadable or failed else DONE


def _request(arguments: argparse.Namespace) -> CutoutRequest:
    projection = Projection.TAN if arguments.projection == "tan" else Projection.NATIVE
    if projection is Projection.NATIVE:
        for name in ("pixel_scale", "order"):
            value = getattr(arguments, name)
            if value is not None:
                message = "native stamps keep the map's pixels; add --projection tan"
                raise ParameterError(message, field=name.upper(), value=value)
    size = parse_size(arguments.size, field="SIZE")
    provide(_astronomy)
    scale = arguments.pixel_scale
    return CutoutRequest(
        targets=parse_positions(
            arguments.positions.read_bytes(), default_size=(size, size), max_targets=_MAX_TARGETS
        ),
        projection=projection,
        pixel_scale=None
        if scale is None
        else parse_bounded(scale, minimum=0.0001, maximum=60.0, unit="arcmin", field="PIXEL_SCALE"),
        order=Order(arguments.order or Order.BILINEAR),
        polarizations=() if arguments.pol is None else _states(arguments.pol),
    )


def _states(text: str) -> tuple[str, ...]:
    words = [word.strip().upper() for word in text.split(",")]
    parse = one_of(POLARIZATIONS)
    return in_order_of(POLARIZATIONS)([parse(word, field="POL") for word in words])


def _astronomy() -> Astronomy:
    # Loaded with the first table that needs it.
    from sptjobs.target_tables.astropy_tables import load_astronomy  # noqa: PLC0415 - see above

    return load_astronomy()


def _output(arguments: argparse.Namespace) -> Run:
    """Where the run goes; nothing is written over, and only an interrupted run is gone on with."""
    target = Run.into(arguments.out, arguments.tar)
    if arguments.tar is not None and arguments.tar.exists():
        raise UsageError(f"{arguments.tar} exists already")
    if target.is_begun and not arguments.resume:
        where = arguments.out or arguments.tar
        raise UsageError(f"{where}: a run was interrupted there; --resume goes on with it")
    if arguments.resume and not target.is_begun:
        raise UsageError("there is no interrupted run to resume; leave --resume out")
    out = arguments.out
    if out is not None and out.exists() and any(out.iterdir()) and not target.is_begun:
        raise UsageError(f"{out} is not empty")
    return target


def _made(
    work: Plan, maps: Sequence[MapRecord], target: Run, arguments: argparse.Namespace
) -> RowsInOrder:
    """Cut everything, write it with its manifest, and return the manifest's rows."""
    target.begin(work.style.request_sha256, maps)
    pairs = sum(len(each.targets) for each in work.maps)
    with _progress(pairs, quiet=arguments.quiet) as progressed:
        cut_parts(work, target, arguments.workers, progressed)
    rows = RowsInOrder.gathered(_rows(work, target), maps, target.state / "rows")
    files = _files(work, maps, rows, target.state)
    if target.out is not None:
        for file in files:
            file.replace(target.out / file.name)
        return rows
    new = target.state / "tar"
    made = [_made_file(file.name, Segment(file, file.stat().st_size)) for file in files]
    stamps = stored_files(target.packs(len(work.slices)))
    with new.open("wb") as stream:
        stream.writelines(chunks_of(job_tar_segments(_top_folder(arguments), made, stamps)))
    new.rename(arguments.tar)
    return rows


def _made_file(name: str, content: Segment) -> MadeFile:
    return MadeFile(name, content.size, partial(chunks_of, (content,)))


def _rows(work: Plan, target: Run) -> Iterator[bytes]:
    for outcomes in work.settled():
        yield from (f"{line}\n".encode() for line in outcomes.lines())
    for number in range(len(work.slices)):
        yield from target.rows(number)


def _top_folder(arguments: argparse.Namespace) -> TopFolder:
    """Name the folder in the tar after the tar; its time is that of the newest of what is read.

    So the same command gives the same bytes again.
    """
    name: str = arguments.tar.name
    read = (arguments.positions, *arguments.maps)
    newest = max(int(path.stat().st_mtime) for path in read if path.exists())
    return TopFolder(folder_name(name.removesuffix(".tar")) or "cutouts", max(newest, 0))


@contextmanager
def _progress(pairs: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; elsewhere nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from tqdm import tqdm  # noqa: PLC0415 - only where it is seen

    with tqdm(total=pairs, unit="stamp", file=sys.stderr) as bar:

        def progressed(count: int) -> None:
            bar.update(count)

        yield progressed


def _files(work: Plan, maps: Sequence[MapRecord], rows: RowsInOrder, folder: Path) -> list[Path]:
    """Write request and manifests into a folder, and return their files."""
    snapshot = snapshot_name(maps)
    facts = {
        "creator": f"spt3g-data-service {sptjobs.__version__}",
        "request_sha256": work.style.request_sha256,
        "snapshot": snapshot,
    }
    contents: dict[str, Iterable[bytes]] = {
        REQUEST_FILE: request_file(work.request, snapshot, maps),
        "manifest.json": manifest_json(facts, rows),
        "manifest.csv": manifest_csv(rows),
        "manifest.vot": manifest_votable(facts, rows, units=units_of(rows)),
    }
    for name, content in contents.items():
        with (folder / name).open("wb") as stream:
            stream.writelines(content)
    return [folder / name for name in contents]


def _print_summary(work: Plan, maps: Sequence[MapRecord], rows: RowsInOrder) -> None:
    print(os.linesep.join(summary_lines(maps, rows.counts)))
    counts = rows.of_status()
    totals = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    targets = len(work.request.targets)
    print(f"{targets} targets, {len(maps)} maps, {rows.files} files: {totals or 'nothing'}")
    unconfirmed = [record.map_id for record in maps if record.unit is None]
    if unconfirmed:
        print(
            f"Nobody confirmed the unit of {', '.join(unconfirmed[:3])}"
            f"{', ...' if len(unconfirmed) > 3 else ''} ({len(unconfirmed)} of {len(maps)} maps): "
            f"stamps have no BUNIT, and keep the map's own as SRCBUNIT. Write the unit into a "
            f"{FILE_NAME} beside the map.",
            file=sys.stderr,
        )
    for outcome in rows.failed():
        print(f"{outcome.objid}, {outcome.map_id}: {outcome.reason}", file=sys.stderr)
