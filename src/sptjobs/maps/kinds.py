"""Bands and kinds of maps, and tags of coadds. Standard library only.

Which of them there are, the site declares: ``sptjobs.maps.site``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")


def is_tag(text: str) -> bool:
    """Whether a text can be the tag of a coadd: in a request, a file name and the catalogue."""
    return _TAG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class DeclaredBand:
    """An observing band: its name as the map files spell it, and other spellings.

    Attributes
    ----------
    wavelengths
        Its shortest and its longest wavelength [m]; None where the site does not say.
    """

    name: str
    aliases: tuple[str, ...] = ()
    wavelengths: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DeclaredFileType:
    """A kind of maps.

    Attributes
    ----------
    summary
        What it is, in a few words.
    short
        Its short name, as used in file names.
    """

    name: str
    summary: str
    short: str


NAMES = ("facility", "instrument")
"""What a site calls its telescope and its camera."""


@dataclass(frozen=True)
class MapKinds:
    """The bands and kinds of maps of a site, each in the order in which they are listed.

    Attributes
    ----------
    default_filetypes
        Kinds that a request for coadds, dates or times selects when it names none.
    newest_filetypes
        Kinds that a request without coadds, dates and times selects when it names none.
    facility, instrument
        Names of the telescope and of its camera, empty where the site does not say.
    """

    bands: tuple[DeclaredBand, ...]
    filetypes: tuple[DeclaredFileType, ...]
    default_filetypes: tuple[str, ...]
    newest_filetypes: tuple[str, ...]
    facility: str = ""
    instrument: str = ""
    band_names: tuple[str, ...] = field(init=False)
    filetype_names: tuple[str, ...] = field(init=False)
    band_spellings: Mapping[str, str] = field(init=False, compare=False)
    """The band that each spelling means."""
    filetype_spellings: Mapping[str, str] = field(init=False, compare=False)
    """The kind that each spelling means, in lower case."""
    _short: Mapping[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Index them by their names."""
        bands = {band.name: band.name for band in self.bands}
        bands |= {alias: band.name for band in self.bands for alias in band.aliases}
        spelt = {text.lower(): each.name for each in self.filetypes for text in _spellings(each)}
        indices: dict[str, object] = {
            "band_names": tuple(band.name for band in self.bands),
            "filetype_names": tuple(each.name for each in self.filetypes),
            "band_spellings": MappingProxyType(bands),
            "filetype_spellings": MappingProxyType(spelt),
            "_short": {each.name: each.short for each in self.filetypes},
        }
        for name, index in indices.items():
            object.__setattr__(self, name, index)

    def __reduce__(self) -> tuple[type["MapKinds"], tuple[object, ...]]:
        """Pickle what it was made of: the indices follow."""
        names = ("bands", "filetypes", "default_filetypes", "newest_filetypes", *NAMES)
        return MapKinds, tuple(getattr(self, name) for name in names)

    def place(self, band: str, filetype: str) -> tuple[int, int, str, str]:
        """Where a kind of maps stands among those of a target; unknown ones come last."""
        bands, filetypes = self.band_names, self.filetype_names
        return (
            bands.index(band) if band in bands else len(bands),
            filetypes.index(filetype) if filetype in filetypes else len(filetypes),
            band,
            filetype,
        )

    def wavelengths(self, band: str) -> tuple[float, float] | None:
        """Shortest and longest wavelength of a band [m]; None where they are not declared."""
        return next((each.wavelengths for each in self.bands if each.name == band), None)

    def short_name(self, filetype: str) -> str:
        """Short name of a kind; of one that is not declared, the name itself."""
        return self._short.get(filetype, filetype)


def _spellings(filetype: DeclaredFileType) -> tuple[str, str]:
    return filetype.name, filetype.short
