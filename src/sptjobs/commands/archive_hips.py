"""The command ``sptjobs archive hips``: make surveys of the coadds."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sptjobs.hips.making import SurveyMaker, survey_process
from sptjobs.hips.survey_files import ALLSKY_ORDER, DEEPEST
from sptjobs.hips.survey_folder import only_maker
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site
from sptjobs.settings import Settings
from sptjobs.store.maps import known_maps
from sptjobs.store.opening import open_database

_CHOICES = (("band", "band"), ("filetype", "filetype"), ("tag", "tag"))
"""Options, and the attributes of records that they choose by."""


def add_hips(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``sptjobs archive hips`` to its parser."""
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="by default SPT_HIPS")
    for name, _ in _CHOICES:
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar=name.upper(),
            help="several are given one by one; all by default",
        )
    parser.add_argument(
        "--order",
        type=int,
        choices=range(ALLSKY_ORDER, DEEPEST + 1),
        metavar="N",
        help="of the deepest tiles; by default that of the map's own pixels",
    )


async def make_surveys(settings: Settings, arguments: argparse.Namespace) -> int:
    """Make the surveys that are missing or of maps that have changed; give the exit code."""
    root = arguments.out or settings.hips
    if root is None:
        print("sptjobs: say where: SPT_HIPS, or --out FOLDER", file=sys.stderr)
        return 2
    if _would_be_read(root, settings.archive):
        print(
            f"sptjobs: SPT_HIPS: {root} is in the archive, where ingest would take tiles for maps;"
            " take another folder, or one whose name begins with a dot",
            file=sys.stderr,
        )
        return 2
    declare_site(settings.archive, settings.ivoa_authority)
    async with open_database(settings.database_url) as database:
        coadds = [each for each in await known_maps(database) if each.is_coadded_image]
    chosen = [record for record in coadds if _is_chosen(record, arguments)]
    if not chosen:
        print(_nothing_chosen(coadds), file=sys.stderr)
        return 1
    return await asyncio.to_thread(_make, settings, root, chosen, arguments.order)


def _would_be_read(root: Path, archive: Path) -> bool:
    """Whether an ingest would look into a folder for maps."""
    inner, outer = root.resolve(), archive.resolve()
    if not inner.is_relative_to(outer):
        return False
    return not any(part.startswith(".") for part in inner.relative_to(outer).parts)


def _is_chosen(record: MapRecord, arguments: argparse.Namespace) -> bool:
    options = ((getattr(arguments, name), attribute) for name, attribute in _CHOICES)
    return all(not some or getattr(record, attribute) in some for some, attribute in options)


def _nothing_chosen(coadds: Sequence[MapRecord]) -> str:
    """Why there is nothing to make, and what there is."""
    if not coadds:
        return "sptjobs: no coadd is catalogued: surveys are made of coadds only"
    there = (
        f"{name} {', '.join(sorted({str(getattr(each, attribute)) for each in coadds}))}"
        for name, attribute in _CHOICES
    )
    return f"sptjobs: no coadd is of these; those that are catalogued have {'; '.join(there)}"


def _make(settings: Settings, root: Path, records: Sequence[MapRecord], order: int | None) -> int:
    counts: Counter[str] = Counter()
    process = survey_process(settings.archive, settings.ivoa_authority, settings.child_memory_bytes)
    with only_maker(root), process:
        maker = SurveyMaker(process, root.absolute())
        for record in records:
            state, what = _made(maker, record, order)
            counts[state] += 1
            print(f"{state} {record.map_id}{what}", flush=True)
    print(f"{counts['made']} made, {counts['unchanged']} unchanged, {counts['refused']} refused")
    return 1 if counts["refused"] else 0


def _made(maker: SurveyMaker, record: MapRecord, order: int | None) -> tuple[str, str]:
    """What became of a survey, and what else there is to say."""

    def show(done: int, count: int) -> None:
        print(f"{record.map_id}: {done} of {count} tiles", file=sys.stderr, flush=True)

    try:
        return ("made" if maker.make(record, order, show) else "unchanged"), ""
    except (MapError, OSError) as error:
        return "refused", f": {error}"
