"""Making a set of simulated maps."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sptjobs.simulation.grid import SCALE_ARCMIN, Floats, Window
from sptjobs.simulation.instrument import SIMULATED_BANDS, SINGLE_OBSERVATION_NOISE, Band
from sptjobs.simulation.map_files import (
    map_header,
    map_path,
    primary_bytes,
    science_cards,
    weight_cards,
)
from sptjobs.simulation.objects import (
    Cluster,
    Profile,
    Source,
    draw_sources,
    paint_clusters,
    paint_sources,
    read_clusters,
    sz_profile,
)
from sptjobs.simulation.plain_image import PlainImageWriter
from sptjobs.simulation.simulated_catalogues import FOLDER_NAME, write_sky_catalogues
from sptjobs.simulation.simulated_coverage import Holes, place_holes, relative_weight
from sptjobs.simulation.spectrum import (
    PointSourceFilter,
    background_tile,
    point_source_filter,
)
from sptjobs.simulation.survey import (
    Observation,
    SimulatedField,
    Survey,
    demo_survey,
    full_survey,
    tiny_survey,
)
from sptjobs.simulation.tiles import TileImage

DEFAULT_SEED = 3
CATALOGUE_NAME = "simulated_objects.csv"
"""File beside the maps that lists everything that was put into them."""

_MARGIN = 256
_MAX_ROWS = 3000
_BAND_ROWS = 1024
_NOISE_ROWS = 256
_LARGEST_TILE = 4096


@dataclass(frozen=True, slots=True)
class _Sky:
    """One band's sky: background tile, objects, and the filter for its maps."""

    band: Band
    seed: int
    tile: NDArray[np.float32]
    sources: list[Source]
    clusters: list[Profile]
    filter: PointSourceFilter

    def image(self, window: Window) -> NDArray[np.float32]:
        """Signal in a window [mK]."""
        side = self.tile.shape[0]
        rows = np.arange(window.y0, window.y0 + window.ny) % side
        columns = np.arange(window.x0, window.x0 + window.nx) % side
        image = np.asarray(self.tile[rows[:, None], columns[None, :]])
        paint_sources(image, window, self.sources, self.band)
        paint_clusters(image, window, self.clusters)
        return image


def make_survey(name: str) -> Survey:
    """Describe a set by its name: ``demo``, ``tiny`` or ``full``."""
    if name == "demo":
        return demo_survey(SINGLE_OBSERVATION_NOISE)
    if name == "tiny":
        return tiny_survey(SINGLE_OBSERVATION_NOISE)
    if name == "full":
        return full_survey()
    raise ValueError(f"no set of maps is named {name!r}; there are demo, tiny and full")


def write_maps(folder: Path, survey: Survey, seed: int = DEFAULT_SEED) -> Iterator[Path]:
    """Write a set of maps, its catalogues and its ``collection.toml`` into a folder.

    The same set and seed give the same bytes.

    Parameters
    ----------
    folder
        Made if it is missing; files of the same names are replaced.

    Yields
    ------
    Path
        Each map once it is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clusters = read_clusters(survey.area, seed)
    sources = draw_sources(survey.area, clusters, seed)
    write_catalogue(folder / CATALOGUE_NAME, survey, sources, clusters)
    write_sky_catalogues(folder / FOLDER_NAME, sources, clusters)
    with (resources("sptjobs.simulation") / "collection.toml").open("rb") as confirmed:
        (folder / "collection.toml").write_bytes(confirmed.read())
    widest = max(max(f.window.nx, f.window.ny) for f in survey.fields)
    side = min(_LARGEST_TILE, -(-(widest + 2 * _MARGIN) // 256) * 256)
    keep_clear = [(c.ra, c.dec) for c in clusters] + list(survey.places.values())
    for band in SIMULATED_BANDS:
        profiles = [sz_profile(cluster, band) for cluster in clusters]
        tile = background_tile(band, side, seed)
        sky = _Sky(band, seed, tile, sources, profiles, point_source_filter(band))
        for field in survey.fields:
            holes = place_holes(field, keep_clear, seed)
            yield from _write_field(folder, field, holes, sky)


def _write_field(folder: Path, field: SimulatedField, holes: Holes, sky: _Sky) -> Iterator[Path]:
    makers = [_MapMaker(field, observation, sky) for observation in field.observations]
    for rows in _row_bands(field.window):
        signal = sky.image(_widened(rows))
        weight = relative_weight(field, _widened(rows), holes)
        for maker in makers:
            maker.add_rows(rows, signal, weight)
    for maker in makers:
        yield from maker.write(folder)


def _row_bands(window: Window) -> Iterator[Window]:
    height = window.ny if window.ny <= _MAX_ROWS else _BAND_ROWS
    for low in range(0, window.ny, height):
        yield Window(window.x0, window.y0 + low, window.nx, min(height, window.ny - low))


def _widened(window: Window) -> Window:
    """Add the margin that keeps the filter's wrap-around out of the window."""
    return Window(
        window.x0 - _MARGIN, window.y0 - _MARGIN, window.nx + 2 * _MARGIN, window.ny + 2 * _MARGIN
    )


class _MapMaker:
    """The passthrough and the filtered map of one observation in one band."""

    def __init__(self, field: SimulatedField, observation: Observation, sky: _Sky) -> None:
        self._field, self._observation, self._sky = field, observation, sky
        nx = field.window.nx
        self._images = {
            "passthrough": (TileImage(nx, -64), TileImage(nx, -64)),
            "filtered": (PlainImageWriter(nx), PlainImageWriter(nx))
            if observation.plain
            else (TileImage(nx, -32), TileImage(nx, -32)),
        }

    def add_rows(
        self, rows: Window, signal: NDArray[np.float32], weight: NDArray[np.float32]
    ) -> None:
        """Append a band of rows; signal and weight reach over it by the margin."""
        band, observation = self._sky.band, self._observation
        sigma = observation.noise * band.depth_uk_arcmin * 1e-3 / SCALE_ARCMIN
        noise = self._noise(_widened(rows))
        observed = weight > 0
        noise *= sigma / np.sqrt(np.where(observed, weight, 1))
        noise += signal
        inner = (slice(_MARGIN, -_MARGIN), slice(_MARGIN, -_MARGIN))
        depth = self._weights(rows, weight[inner])
        self._add("passthrough", noise[inner], depth / np.float32(sigma**2))
        filtered = self._sky.filter.apply(noise)
        sigma_mjy = observation.noise * self._sky.filter.noise_mjy
        self._add("filtered", filtered[inner], depth / np.float32(sigma_mjy**2))

    def _add(self, filetype: str, values: Floats, weight: Floats) -> None:
        science, weights = self._images[filetype]
        science.add_rows(np.where(weight > 0, values, 0))
        weights.add_rows(weight)

    def _noise(self, window: Window) -> NDArray[np.float32]:
        """White noise of unit variance that does not depend on how rows are banded."""
        first = window.y0 // _NOISE_ROWS
        last = (window.y0 + window.ny - 1) // _NOISE_ROWS
        blocks = [self._noise_block(number, window.nx) for number in range(first, last + 1)]
        low = window.y0 - first * _NOISE_ROWS
        return np.concatenate(blocks)[low : low + window.ny]

    def _noise_block(self, number: int, nx: int) -> NDArray[np.float32]:
        label = f"{self._observation.obsid} {self._sky.band.name} {self._field.name}".encode()
        random = np.random.default_rng([self._sky.seed, 5, number + 100_000, *label])
        return random.standard_normal((_NOISE_ROWS, nx), np.float32)

    def _weights(self, rows: Window, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weights of coadds scatter by a hundredth, those of single scans by nothing."""
        if not self._observation.is_coadd:
            return weight
        random = np.random.default_rng([self._sky.seed, 6, rows.y0 + 100_000])
        scatter = random.standard_normal(weight.shape, np.float32)
        return np.asarray(weight * (1 + np.float32(0.01) * scatter), np.float32)

    def write(self, folder: Path) -> Iterator[Path]:
        """Write both maps."""
        for filetype, (science, weights) in self._images.items():
            header = map_header(self._field, self._observation, self._sky.band, filetype)
            # Some of the real coadds name their images, others rely on the order.
            named = not (self._observation.is_coadd and filetype == "passthrough")
            path = folder / map_path(self._observation, self._sky.band, filetype)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(primary_bytes())
                file.write(science.to_bytes(science_cards(header, named=named)))
                file.write(weights.to_bytes(weight_cards(header, named=named)))
            yield path


def write_catalogue(
    path: Path, survey: Survey, sources: list[Source], clusters: list[Cluster]
) -> None:
    """Write the table of what was put into the sky, one row an object.

    Columns: kind (``source``, ``cluster``, or the name of a special place), name,
    ra and dec [deg, ICRS], flux in each band [mJy], central Compton parameter,
    core radius [arcmin], redshift, how the position is known, reference.
    """
    fluxes = [f"flux_{band.name}" for band in SIMULATED_BANDS]
    extra = ["y0", "radius", "redshift", "position", "reference"]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["kind", "name", "ra", "dec", *fluxes, *extra])
        for c in clusters:
            strength = [f"{c.y0:.4g}", c.core_arcmin, c.redshift, c.position, c.reference]
            table.writerow(["cluster", c.name, c.ra, c.dec, "", "", "", *strength])
        for s in sources:
            table.writerow(["source", s.name, s.ra, s.dec, *s.flux, "", "", "", "simulated", ""])
        for kind, (ra, dec) in survey.places.items():
            table.writerow([kind, kind, ra, dec, *[""] * 8])
