"""The survey of a coadd: tiles, pictures, coverage, properties."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from mocpy import MOC

from sptjobs import __version__
from sptjobs.cutouts.stamps.picture import SHOWN_SIGMA, ColourScale, colour_scale, render_preview
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.hips.building.cell_tiles import build_allsky, build_coarser, build_deepest
from sptjobs.hips.building.fits_images import Tile, read_image
from sptjobs.hips.survey_files import (
    ALLSKY_ORDER,
    COVERAGE,
    PROPERTIES,
    allsky_path,
    tile_path,
)
from sptjobs.hips.survey_properties import MadeSurvey, survey_properties, write_properties
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declared, publisher_ids
from sptjobs.obscore.observation import MapObservation

_SAMPLED = 1 << 12
"""Pixels of each deepest tile that the scale of the colours is taken from."""

TilesOfOrders = Mapping[int, set[int]]
"""Those that have a tile, by their order."""


def build_tiles(
    archive: Path, record: MapRecord, order: int, cells: Iterable[int], folder: Path
) -> None:
    """Make those of some deepest tiles that are not there yet.

    Raises
    ------
    MapError
        The map cannot be read, or its pixels are no values of the sky.
    """
    with open_map(archive, record, ()) as opened:
        if opened.is_weighted:
            raise MapError("its pixels are multiplied by their weights")
        build_deepest(opened, order, cells, folder)


def finish_survey(record: MapRecord, order: int, cells: Iterable[int], folder: Path) -> None:
    """Make everything but the deepest tiles, which are there, the properties last.

    Parameters
    ----------
    cells
        Those that may have a deepest tile.

    Raises
    ------
    MapError
        Nothing of the map is observed.
    """
    deepest = {cell for cell in cells if (folder / tile_path(order, cell, "fits")).exists()}
    if not deepest:
        raise MapError("nothing of it is observed")
    tiles = {order: deepest}
    for coarser in range(order - 1, -1, -1):
        tiles[coarser] = build_coarser(record.unit, coarser, tiles[coarser + 1], folder)
    scale, values = _scale(deepest, order, folder)
    _draw(tiles, folder, scale, record.unit)
    assert record.moc is not None
    coverage = MOC.from_string(record.moc, "ascii")
    _write_coverage(coverage, folder / COVERAGE)
    made = MadeSurvey(
        order=order,
        sky_fraction=float(coverage.sky_fraction),
        values=values,
        shown=SHOWN_SIGMA * scale.sigma or scale.limit,
        size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        finished=datetime.now(UTC),
    )
    (folder / PROPERTIES).write_text(_properties(record, made), encoding="utf-8")


def _write_coverage(coverage: MOC, path: Path) -> None:
    """Write it in the numbering (NUNIQ) that HiPS 1.0 knows, of MOC 1."""
    keywords = {"PIXTYPE": "HEALPIX"}
    coverage.save(str(path), "fits", overwrite=True, v1_compatible=True, fits_keywords=keywords)


def _properties(record: MapRecord, made: MadeSurvey) -> str:
    ids = publisher_ids()
    observation = MapObservation(record, ids.of(record.map_id), "", declared())
    builder = f"spt3g-data-service {__version__}"
    return write_properties(
        survey_properties(observation, ids.of_survey(record.map_id), made, builder)
    )


def _scale(cells: set[int], order: int, folder: Path) -> tuple[ColourScale, tuple[float, float]]:
    """The one scale of the colours of all pictures, and the smallest and the largest pixel."""
    samples, ends = [], []
    for cell in sorted(cells):
        tile = read_image(folder / tile_path(order, cell, "fits"))
        observed = tile[~np.isnan(tile)]
        samples.append(observed[:: -(-len(observed) // _SAMPLED)].astype(np.float64))
        ends += [float(observed.min()), float(observed.max())]
    return colour_scale(np.concatenate([*samples, ends])), (min(ends), max(ends))


def _draw(tiles: TilesOfOrders, folder: Path, scale: ColourScale, unit: str | None) -> None:
    """Write the picture of each tile, and those of the whole sky."""
    for order, cells in tiles.items():
        for cell in sorted(cells):
            tile = read_image(folder / tile_path(order, cell, "fits"))
            (folder / tile_path(order, cell, "png")).write_bytes(_picture(tile, scale))
    allsky = build_allsky(unit, sorted(tiles[ALLSKY_ORDER]), folder)
    (folder / allsky_path("png")).write_bytes(_picture(allsky, scale))


def _picture(tile: Tile, scale: ColourScale) -> bytes:
    return render_preview(tile, ~np.isnan(tile), scale).content
