"""Cutting a part: one pass over each of its maps."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from sptjobs.cutouts.making.lightcurve import failed_point, read_point
from sptjobs.cutouts.making.preview import Preview, render_preview
from sptjobs.cutouts.plan.part_plan import Bin, Pair, PartMap, PartPlan, PartTarget, outcome_of
from sptjobs.cutouts.plan.plan import MISSES_THE_MAP, TARGET_MISSES
from sptjobs.cutouts.stamps.native import native_box, native_stamp
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_file import stamp_file
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.cutouts.stamps.tan import tan_reach, tan_stamp
from sptjobs.formats.flat_sky.geometry import Box, stamp_box
from sptjobs.formats.flat_sky.open_map import OpenMap, open_map
from sptjobs.maps.map_error import MapError
from sptjobs.packs.points import Point
from sptjobs.packs.records import Outcome, PackedFile, Status
from sptjobs.request.cutout_request import Product, Projection

_log = logging.getLogger(__name__)

_MEDIA_TYPES = {Product.FITS: "application/fits", Product.PREVIEW: "image/png"}


class Sink(Protocol):
    """Where stamps go: a pack of the service, or a folder of the command line."""

    def add_file(self, name: str, content: bytes, media_type: str, product: str) -> PackedFile:
        """Take a file."""

    def add_outcome(self, outcome: Outcome) -> None:
        """Take a row of the manifest."""


Made = tuple[Outcome, Point | None]
"""What became of a pair, and its point of a light curve, if it has one."""


def cut_part(
    part: PartPlan, archive: Path, pack: Sink, progressed: Callable[[int], None]
) -> list[Point]:
    """Cut every pair of a part into a pack.

    A map that cannot be read fails its pairs, a stamp that cannot be made fails
    itself; everything else goes on.

    Parameters
    ----------
    archive
        Folder that the maps' paths are relative to.
    progressed
        Called with the number of pairs done so far, after each.

    Returns
    -------
    list
        Points of light curves, where they are asked for.
    """
    points: list[Point] = []
    done = 0
    for each in part.bins:
        for outcome, point in _cut_bin(part, each, archive, pack):
            pack.add_outcome(outcome)
            if point is not None:
                points.append(point)
            done += 1
            progressed(done)
    return points


def fail_part(part: PartPlan, pack: Sink, reason: str) -> list[Point]:
    """Record every pair of a part as failed, and cut none."""
    points: list[Point] = []
    for each in part.bins:
        for pair in each.pairs:
            outcome, point = _failed(part, part.maps[each.map], pair, reason)
            pack.add_outcome(outcome)
            if point is not None:
                points.append(point)
    return points


def _failed(part: PartPlan, used: PartMap, pair: Pair, reason: str) -> Made:
    target, record = part.targets[pair.target], used.record
    curves = Product.LIGHTCURVE in part.style.products
    point = failed_point(record, target, pair, reason) if curves else None
    return outcome_of(target, record, Status.FAILED, reason), point


def _cut_bin(part: PartPlan, work: Bin, archive: Path, pack: Sink) -> Iterator[Made]:
    used = part.maps[work.map]
    try:
        with open_map(archive, used.record, _expected(part, work)) as opened:
            cutting = _Cutting(part, used, opened, pack)
            for pair in work.pairs:
                yield cutting.made(pair)
    except MapError as error:
        # Raised by opening only: none of the pairs has been cut.
        for pair in work.pairs:
            yield _failed(part, used, pair, str(error))


def _expected(part: PartPlan, work: Bin) -> list[Box]:
    """About the windows of the map that the stamps of a bin need."""
    record, style = part.maps[work.map].record, part.style
    if not style.makes_stamps:
        boxes = (stamp_box(pair.x, pair.y, (1, 1)) for pair in work.pairs)
    elif style.projection is Projection.TAN:
        boxes = (tan_reach(record, part.targets[p.target], p, style) for p in work.pairs)
    else:
        boxes = (native_box(record, part.targets[p.target], p) for p in work.pairs)
    on_map = [box.clipped(record.shape) for box in boxes]
    return [box for box in on_map if not box.is_empty] or [Box(0, 0, 1, 1)]


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a stamp; ``preview`` is the picture that it holds, if it does."""

    product: Product
    name: str
    content: bytes
    preview: Preview | None = None


class _Cutting:
    """Makes the stamps of one open map.

    Parameters
    ----------
    part, used, opened, pack
        The work, its map, the same map opened, and where the files go.
    """

    def __init__(self, part: PartPlan, used: PartMap, opened: OpenMap, pack: Sink) -> None:
        self._part, self._used, self._opened, self._pack = part, used, opened, pack
        self._template = HeaderTemplate.of(opened, part.style)

    def made(self, pair: Pair) -> Made:
        """Cut a pair, write its files, and say what became of it.

        A pair that fails leaves no file; a pack that cannot be written is no
        stamp's fault, and passes through.
        """
        target, record = self._part.targets[pair.target], self._used.record
        style = self._part.style
        try:
            stamp = self._stamp(target, pair) if style.makes_stamps else None
            files = [] if stamp is None else self._files(target, stamp)
            curves = Product.LIGHTCURVE in style.products
            point = read_point(self._opened, target, pair) if curves else None
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a stamp that fails must not end the part; logged
            _log.exception("target %s on map %s failed", target.objid, record.map_id)
            reason = f"{type(error).__name__} while cutting: {_without_paths(error)}"
            return _failed(self._part, self._used, pair, reason)
        if not style.makes_stamps:
            return self._of_point(target, point), point
        if stamp is None:
            return outcome_of(target, record, Status.OUTSIDE, MISSES_THE_MAP), point
        outcome = _stamp_outcome(outcome_of(target, record, *_judged(stamp)), stamp)
        outcome = replace(outcome, **self._scale())
        for file in files:
            outcome = self._written(outcome, file)
        return outcome, point

    def _of_point(self, target: PartTarget, point: Point | None) -> Outcome:
        """What became of a pair that is nothing but a point."""
        record = self._used.record
        if point is None:
            return outcome_of(target, record, Status.OUTSIDE, TARGET_MISSES)
        return replace(
            outcome_of(target, record, Status(point.status), point.reason),
            centre_covered=point.status != Status.NO_DATA,
            unit=record.unit,
            beam=record.beam_arcmin,
            pixel_scale=record.pixel_scale_arcmin,
        )

    def _scale(self) -> dict[str, Any]:
        """What the pixels stand for."""
        record, style = self._used.record, self._part.style
        own = style.pixel_scale if style.projection is Projection.TAN else None
        return {
            "unit": record.unit,
            "beam": record.beam_arcmin,
            "pixel_scale": own or record.pixel_scale_arcmin,
        }

    def _stamp(self, target: PartTarget, pair: Pair) -> Stamp | None:
        style = self._part.style
        if style.projection is Projection.TAN:
            return tan_stamp(self._opened, target, style)
        return native_stamp(self._opened, target, pair, pad=style.pad)

    def _files(self, target: PartTarget, stamp: Stamp) -> list[_File]:
        """Each file that the stamp is asked as."""
        if not stamp.observed.any():
            return []
        stem = f"{target.objid}/{target.objid}_{self._used.suffix}"
        files = []
        for product in self._part.style.products:
            if product is Product.FITS:
                content = stamp_file(self._template, self._used.record, target, stamp)
                files.append(_File(product, f"{stem}.fits", content))
            elif product is Product.PREVIEW:
                picture = render_preview(stamp.sci, stamp.observed)
                files.append(_File(product, f"{stem}.png", picture.content, picture))
        return files

    def _written(self, outcome: Outcome, file: _File) -> Outcome:
        product = file.product
        packed = self._pack.add_file(file.name, file.content, _MEDIA_TYPES[product], product.value)
        if file.preview is None:
            return replace(outcome, file=file.name, size=packed.size, sha256=packed.sha256)
        limit, sigma = file.preview.limit, file.preview.sigma
        return replace(outcome, preview=file.name, preview_range=limit, sigma=sigma)


def _judged(stamp: Stamp) -> tuple[Status, str | None]:
    observed, pixels = int(stamp.observed.sum()), stamp.observed.size
    if observed == pixels:
        return Status.OK, None
    if observed == 0:
        return Status.NO_DATA, "no pixel of the stamp is observed"
    return Status.PARTIAL, f"{observed} of the stamp's {pixels} pixels are observed"


def _stamp_outcome(outcome: Outcome, stamp: Stamp) -> Outcome:
    return replace(
        outcome,
        covered=stamp.covered,
        centre_covered=stamp.centre_covered,
        targ_x=stamp.targ_x,
        targ_y=stamp.targ_y,
        north=stamp.north,
    )


def _without_paths(error: Exception) -> str:
    """What an error says, without the server's paths."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
