"""Colour pictures of three bands."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sptjobs.cutouts.coadds.gathering import Coadds, cannot_add
from sptjobs.cutouts.coadds.weighted_mean import Coadd
from sptjobs.cutouts.making.maker import Maker, without_product
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.file_names import gathered_name
from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.colour_picture import CHANNELS, Channel, colour_picture
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.site import declared
from sptjobs.packs.records import Outcome
from sptjobs.products import colour
from sptjobs.uws.pair_status import Status

_TOO_FEW = "no colour picture: not all of its bands have a pixel here, on one grid"


class _Found(NamedTuple):
    """The picture that a stamp is in, and as which colour, or why it is in none."""

    name: str = ""
    channel: str = ""
    status: Status = Status.OK
    reason: str | None = None


class ColourMaker(Maker[_Found | None]):
    """Adds the stamps of each band first, to know of which targets three bands are there."""

    looks_ahead = True
    _opened: OpenMap

    def __init__(self, style: Style, sink: Sink, coadds: Coadds) -> None:
        super().__init__(style, sink, coadds)
        self._means = Coadds(lambda _: True)
        self._channels: dict[Coadd, tuple[str, str]] = {}
        self._pictures: dict[str, list[Coadd]] = {}

    def look(self, opened: OpenMap, target: PartTarget, stamp: Stamp) -> None:
        """Add a stamp to the mean of its band."""
        if cannot_add(opened.record, is_weighted=opened.is_weighted) is None:
            self._means.add(target, opened.record, stamp)

    def looked(self) -> None:
        """Find the bands that make a picture each."""
        self._means.complete()
        for group, number in _pictures(self._means):
            name = _name(group, number)
            self._pictures[name] = group
            self._channels |= {
                mean: (name, channel) for mean, channel in zip(group, CHANNELS, strict=True)
            }

    def begin_map(self, opened: OpenMap) -> None:
        """Take the map whose stamps are made."""
        self._opened = opened

    def make(self, target: PartTarget, pair: Pair, stamp: Stamp | None) -> _Found | None:
        """Find the picture that a stamp is in."""
        del pair
        if stamp is None or not stamp.observed.any():
            return None
        record = self._opened.record
        reason = cannot_add(record, is_weighted=self._opened.is_weighted)
        if reason is not None:
            return _Found(status=Status.FAILED, reason=reason)
        mean = self._means.of(target, record, stamp)
        if mean is None or mean not in self._channels:
            return _Found(status=Status.NO_DATA, reason=_TOO_FEW)
        return _Found(*self._channels[mean])

    def add(self, outcome: Outcome, piece: _Found | None, stem: str) -> Outcome:
        """Name the picture and the colour."""
        del stem
        if piece is None:
            return outcome
        if piece.reason is not None:
            return without_product(outcome, piece.status, piece.reason)
        return outcome.changed(colour=piece.name, colour_channel=piece.channel)

    def finish(self) -> None:
        """Draw the pictures."""
        for name, group in self._pictures.items():
            content = colour_picture([_channel(mean) for mean in group])
            self.sink.add_files([name], [content], "image/png", colour.NAME)


def _pictures(means: Coadds) -> Iterator[tuple[list[Coadd], int]]:
    """Three bands of a target, kind and tag on one grid, with their number among others."""
    groups: dict[tuple[int, str, str | None], list[list[Coadd]]] = defaultdict(list)
    for mean, _ in means:
        record = mean.common_record
        grids = groups[mean.target.index, record.filetype, record.tag]
        beside = next((grid for grid in grids if _belongs(mean, grid)), None)
        if beside is None:
            grids.append([mean])
        else:
            beside.append(mean)
    for grids in groups.values():
        whole = [grid for grid in grids if len(grid) == colour.BANDS]
        for number, grid in enumerate(whole):
            # Bands as the site lists them: the first is red, the last blue.
            yield sorted(grid, key=lambda each: _place(each.common_record.band)), number


def _place(band: str) -> int:
    return declared().place(band, "")[0]


def _belongs(mean: Coadd, grid: list[Coadd]) -> bool:
    """Whether a mean is of another band than those of a grid, and on it."""
    bands = {each.common_record.band for each in grid}
    return mean.common_record.band not in bands and mean.is_beside(grid[0])


def _name(group: list[Coadd], number: int) -> str:
    first = group[0]
    bands = "-".join(mean.common_record.band for mean in group)
    record = replace(first.common_record, band=bands)
    return gathered_name(first.target.stem, colour.NAME, record, number, ".png")


def _channel(mean: Coadd) -> Channel:
    record, maps = mean.common_record, len(mean.members)
    of = f"map {record.map_id}" if maps == 1 else f"mean of {maps} maps"
    return Channel(mean.mean, f"{record.band}, {record.filetype}, {of}", record.unit)
