"""The objects of a catalogue as columns, and which of them lie in a region."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isnan
from typing import NamedTuple

from sptjobs.request.text_column import TextColumn
from sptjobs.sky.region import Region
from sptjobs.sky_catalogues.description import CatalogueDescription


class SkyObject(NamedTuple):
    """An object of a catalogue.

    Attributes
    ----------
    name
        Empty where it has none.
    ra, dec
        [deg, ICRS].
    size
        What its mark grows with; None where that is not known.
    link
        Address of its page; None where it has none.
    """

    name: str
    ra: float
    dec: float
    size: float | None
    link: str | None


@dataclass(frozen=True, slots=True)
class SkyCatalogue:
    """A table of objects that was read.

    Attributes
    ----------
    name
        What it is called in addresses.
    version
        Another one as soon as the table or its description is another.
    labels, ra, dec, sizes, links
        Of the objects, in the order of the table; NaN and blank for none.
    refused
        How many rows were not read.
    problems
        Why, of the first of them.
    """

    name: str
    description: CatalogueDescription
    version: str
    labels: TextColumn = field(default_factory=TextColumn)
    ra: "array[float]" = field(default_factory=lambda: array("d"))
    dec: "array[float]" = field(default_factory=lambda: array("d"))
    sizes: "array[float]" = field(default_factory=lambda: array("d"))
    links: TextColumn = field(default_factory=TextColumn)
    refused: int = 0
    problems: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ra)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        texts = self.labels.content_bytes + self.links.content_bytes
        return texts + (3 + 2) * 8 * len(self)

    def at(self, place: int) -> SkyObject:
        """The object at a place, from 0."""
        size = self.sizes[place]
        return SkyObject(
            self.labels[place],
            self.ra[place],
            self.dec[place],
            None if isnan(size) else size,
            self.links[place] or None,
        )

    def within(self, region: Region | None) -> Iterator[SkyObject]:
        """The objects in a region, or all, in the order of the table."""
        return map(self.at, range(len(self)) if region is None else self._places(region))

    def _places(self, region: Region) -> Iterator[int]:
        # Most lie beside the declinations that it can reach, which costs one comparison.
        around = region.bounding_circle
        low, high = around.dec - around.radius - 1e-9, around.dec + around.radius + 1e-9
        for place, dec in enumerate(self.dec):
            if low <= dec <= high and region.contains(self.ra[place], dec):
                yield place
