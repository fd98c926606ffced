"""What the catalogue knows of one map file. Standard library only."""

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from sptjobs.maps.map_error import MapError
from sptjobs.maps.polarisation_plane import INTENSITY, PolarisationPlane
from sptjobs.uws.mjd import modified_julian_date

_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_YEARS = re.compile(r"_?(?<![0-9])20[0-9]{2}(?![0-9])")

FLAT_SKY = "flat-sky"
"""The format of all maps that were catalogued before formats had names."""


@dataclass(frozen=True, slots=True)
class MapRecord:
    """One catalogued map.

    Attributes
    ----------
    map_id
        Stem of the file name, for example ``282023912_90GHz_psth``.
    path
        Where the file is, relative to the archive folder, with ``/``.
    collection
        Name of the collection whose TOML file confirmed unit, beam and band centre.
    field
        Name of the region of the sky, empty where a coadd has none.
    band, filetype
        As ``sptjobs.maps.kinds`` spells them.
    obsid
        MapObservation number, or the tag of a coadd.
    tag
        Tag of a coadd, None for a single observation.
    date_beg, date_end
        ISO 8601 UTC without zone suffix, None for a coadd.
    unit, weight_unit
        FITS unit strings of SCI and WGT as the operator confirmed them, or None.
    beam_arcmin, band_centre_ghz
        Beam width (FWHM) [arcmin] and band centre [GHz], or None.
    projection, frame
        Code of the WCS projection (``ZEA``), and ``ICRS``, ``FK5``, ``FK4``, ``FK4-NO-E``,
        ``GALACTIC`` or ``ECLIPTIC``; the equinox stands in ``wcs``.
    pixel_scale_arcmin
        Side of a pixel at the projection's centre, the shorter one [arcmin].
    shape
        Pixels as (ny, nx); (1, n) where they are not in rows and columns.
    sci_hdu, wgt_hdu
        Index of the two HDUs in the file, or twice that of the one that holds both; no second
        one where the map has no weights, and every finite pixel counts as observed.
    compression
        ``ZCMPTYPE`` of tile-compressed images, ``gzip`` for a packed file, or None.
    wcs
        What places its pixels on the sky, as cards, name to value: of pixels in rows and
        columns the WCS of the SCI image.
    footprint
        Polygons around the observed pixels: lists of (ra, dec) [deg, ICRS],
        counter-clockwise seen from inside the sphere.
    observed_box
        Smallest pixel box around them as (x0, y0, x1, y1), zero-based, end exclusive.
    sha256, size_bytes, mtime_ns
        Checksum, size and time of change of the file when it was catalogued.
    format
        Name of the format of the file, as ``sptjobs.formats`` has it.
    block_sums
        Sums of the file's blocks, as ``sptjobs.formats.block_sums`` writes them, by which
        cutting sees damage; None where they are not known. No part of the canonical JSON.
    noise
        Noise against the weights, as ``sptjobs.formats.map_noise`` writes it, empty where it
        cannot be measured; None where it is not known. No part of the canonical JSON.
    moc
        Its observed pixels as a MOC in ASCII; None where they are not known. No part of the
        canonical JSON.
    stated
        Digest of the ``Statement`` by which the file was read; None for that of nothing.
    sci_layer, wgt_layer
        Index of the pixels along the axis of polarisation of an HDU that has one.
    planes
        Planes of polarisation that the file holds on this grid, that of the record itself
        first; empty where it is the only one and of total intensity.
    """

    map_id: str
    path: str
    collection: str
    field: str
    band: str
    filetype: str
    obsid: str
    tag: str | None
    season: str | None
    date_beg: str | None
    date_end: str | None
    unit: str | None
    weight_unit: str | None
    beam_arcmin: float | None
    band_centre_ghz: float | None
    projection: str
    frame: str
    pixel_scale_arcmin: float
    shape: tuple[int, int]
    sci_hdu: int
    wgt_hdu: int | None
    compression: str | None
    wcs: dict[str, float | int | str | bool]
    footprint: tuple[tuple[tuple[float, float], ...], ...]
    observed_box: tuple[int, int, int, int]
    sha256: str
    size_bytes: int
    mtime_ns: int
    format: str = FLAT_SKY
    block_sums: str | None = None
    stated: str | None = None
    noise: str | None = None
    moc: str | None = None
    sci_layer: int | None = None
    wgt_layer: int | None = None
    planes: tuple[PolarisationPlane, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """States of polarisation that the file holds, that of the record itself first."""
        return tuple(plane.state for plane in self.planes) or (INTENSITY,)

    def of_state(self, state: str) -> "MapRecord":
        """The map that another plane of the file is; the record itself for its own.

        Units are kept where the file says of both planes that they have the same one. Noise is
        that of the pixels in which it was measured.

        Raises
        ------
        MapError
            The file has no such plane.
        """
        if state == self.states[0]:
            return self
        found = next((plane for plane in self.planes if plane.state == state), None)
        if found is None:
            raise MapError(f"map {self.map_id} holds {', '.join(self.states)}, and no {state}")
        cards = {name: value for name, value in (self.wcs | found.cards).items() if value != ""}
        return replace(
            self,
            planes=(found, *(plane for plane in self.planes if plane is not found)),
            sci_hdu=found.sci_hdu,
            wgt_hdu=found.wgt_hdu,
            sci_layer=found.sci_layer,
            wgt_layer=found.wgt_layer,
            wcs=cards,
            unit=self.unit if found.has_same_unit else None,
            weight_unit=self.weight_unit if found.has_same_unit else None,
            noise="",
        )

    @property
    def has_weights(self) -> bool:
        """Whether the map has weights."""
        return self.wgt_hdu is not None

    @property
    def has_grid(self) -> bool:
        """Whether the pixels stand in rows and columns, so that native stamps can be cut."""
        return "CTYPE1" in self.wcs

    @property
    def is_coadded_image(self) -> bool:
        """Whether it is a coadd that has rows and columns of pixels."""
        return self.tag is not None and self.has_grid and min(self.shape) > 0

    @property
    def region(self) -> str:
        """The field; of a coadd that names none, its tag without the years."""
        return self.field or _YEARS.sub("", self.tag or "").strip("_")

    @property
    def observed(self) -> tuple[float, float] | None:
        """First and last moment of the observation [MJD, UTC]; None for a coadd."""
        if self.date_beg is None:
            return None
        begin = modified_julian_date(self.date_beg)
        return begin, begin if self.date_end is None else modified_julian_date(self.date_end)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that the tag of a coadd names, else its season; sorted."""
        named = _YEAR.findall(self.tag or "") or _YEAR.findall(self.season or "")
        return tuple(sorted(map(int, named)))

    @property
    def covered(self) -> tuple[float, float] | None:
        """First and last moment that the map can show [MJD, UTC].

        For a coadd the whole of the years that it is of; None where nothing names them.
        """
        if self.tag is None:
            return self.observed
        if not self.years:
            return None
        first, last = self.years[0], self.years[-1]
        return modified_julian_date(f"{first}-01-01"), modified_julian_date(f"{last + 1}-01-01")

    def to_fields(self) -> dict[str, Any]:
        """Attributes by name, those left out that the release before does not know."""
        fields = asdict(self)
        del fields["block_sums"], fields["noise"], fields["moc"]
        if self.format == FLAT_SKY:
            del fields["format"]
        if self.stated is None:
            del fields["stated"]
        for name in ("sci_layer", "wgt_layer"):
            if fields[name] is None:
                del fields[name]
        if not self.planes:
            del fields["planes"]
        return fields

    def to_json(self) -> str:
        """Canonical JSON of the attributes but those that have a column of their own."""
        return json.dumps(self.to_fields(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "MapRecord":
        """Read what ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls.from_fields(fields)

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "MapRecord":
        """Make a record of decoded JSON, where tuples have become lists."""
        fields = dict(fields)
        fields["shape"] = tuple(fields["shape"])
        fields["observed_box"] = tuple(fields["observed_box"])
        fields["footprint"] = tuple(
            tuple((ra, dec) for ra, dec in polygon) for polygon in fields["footprint"]
        )
        if "planes" in fields:
            fields["planes"] = tuple(PolarisationPlane(*plane) for plane in fields["planes"])
        return cls(**fields)
