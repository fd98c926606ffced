"""Points of light curves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sptjobs.cutouts.coadds.gathering import Coadds
from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.single_pixel import failed_point, read_point
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.target_values import TargetScale
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.record import MapRecord
from sptjobs.packs.points import POINTS_FILE, Point, points_lines
from sptjobs.packs.records import Outcome
from sptjobs.uws.pair_status import Status


class LightcurveMaker(Maker[Point | None]):
    """Reads the map at each target, and writes the points of the part as one index file."""

    _opened: OpenMap
    _scale: TargetScale

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._points: list[Point] = []

    def begin_map(self, opened: OpenMap) -> None:
        """Take the map whose pixels are read."""
        self._opened, self._scale = opened, TargetScale.of(opened)

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> Point | None:
        """Read the pixel that holds the target."""
        del stamp
        return read_point(self._opened, target, pair)

    def add(self, outcome: Outcome, piece: Point | None, stem: str) -> Outcome:
        """Keep the point; where there is no stamp, it is what became of the pair."""
        del stem
        if piece is None:
            return outcome
        self._points.append(piece)
        if self.style.makes_stamps:
            return outcome
        record = self._opened.record
        return replace(
            outcome,
            status=piece.status,
            reason=piece.reason,
            centre_covered=piece.status != Status.NO_DATA,
            unit=record.unit,
            beam=record.beam_arcmin,
            pixel_scale=record.pixel_scale_arcmin,
            **self._values_of(piece),
        )

    def _values_of(self, piece: Point) -> Mapping[str, Any]:
        """What the manifest says of the pixel that was read."""
        if piece.value is None:
            return {}
        return {**self._scale.of_pixel(piece.value, piece.weight), **self._scale.facts_of_map()}

    def fail(self, record: MapRecord, target: PartTarget, pair: Pair, reason: str) -> None:
        """Keep a point without a value."""
        point = failed_point(record, target, pair, reason)
        if point is not None:
            self._points.append(point)

    def finish(self) -> None:
        """Write the points."""
        self.sink.write_lines(POINTS_FILE, points_lines(self._points))
