"""What a stamp's header takes over from the map's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sptjobs.cutouts.stamps.header_bytes import CARD, card, carried_card, commentary_cards
from sptjobs.cutouts.stamps.spt3g_cards import misleads_spt3g
from sptjobs.cutouts.stamps.standard_cards import COMMENTARY, is_standard
from sptjobs.formats.map_content import Plane, SourceCard
from sptjobs.formats.map_format import OpenMap

# Said anew in every stamp. A map that is a stamp itself has them all.
_ANEW = re.compile(
    r"CREATOR|DATE|LONGSTRN|V_(NUMPY|ASTROP|REPROJ)|SRC_(MAP|FILE|SHA|CHK|LOSS|STEP)|REQ_SHA"
    r"|OBJECT|TARG_(RA|DEC|X|Y)|NORTH_PA|HAS_WGT|COVERED|CENTCOV|RESAMPLE|WGTCORR"
    r"|STAMPRMS|WGTDEPTH|PSDEPTH5|WGTRATIO|MAPNOISE|NCOADD|NFAILED|INCOADD|COADDSHA|BUNIT|SRCBUNIT|(DATE|MJD)-(BEG|END)|UNITS|WEIGHTED|ISWEIGHT|WTYPE|POLTYPE"
)
_TIMES = re.compile(r"(DATE|MJD)-(OBS|AVG)")
# What libraries write into every file.
_OF_ALL_FILES = re.compile(r"\s*(FITS \(Flexible Image Transport System\)|and Astrophysics', vol)")
# But not those of addresses, nor the slash of a unit.
_PATH = re.compile(r"""(?<![\w.:/)])/(?:[^\s/'"]+/)*([^\s/'"]+)""")


@dataclass(frozen=True, slots=True)
class SourceCards:
    """Cards of a map's plane that hold for its stamps.

    Attributes
    ----------
    stated
        What the source says, by name, also where the stamp says it anew; of cards of
        one name the first.
    remarks
        Its HISTORY and COMMENT: the keyword and the text of each line.
    kept
        Those that the stamp takes over.
    """

    stated: Mapping[str, SourceCard]
    remarks: tuple[tuple[str, str], ...]
    kept: tuple[SourceCard, ...]

    @classmethod
    def of(cls, opened: OpenMap, plane: Plane, *, resampled: bool) -> "SourceCards":
        """Read a plane's header."""
        record = opened.record
        cards = opened.carried(plane, resampled=resampled)
        sound = [each for each in cards if is_standard(each)]
        first = {each.name: each for each in reversed(sound) if each.name not in COMMENTARY}
        kept = [
            each
            for each in sound
            if first.get(each.name) is each
            and not _ANEW.fullmatch(each.name)
            # A coadd's tag is no date.
            and not (record.date_beg is None and _TIMES.fullmatch(each.name))
            and not misleads_spt3g(each, record.projection)
        ]
        remarks = [(each.name, str(each.value)) for each in sound if each.name in COMMENTARY]
        return cls(first, tuple(remarks), tuple(kept))

    def text(self, name: str) -> str | None:
        """What the source says by a name, where that is a text."""
        stated = self.stated.get(name)
        value = None if stated is None else stated.value
        return value.strip() or None if isinstance(value, str) else None

    def images(self) -> str:
        """The cards, as far as possible as they stood."""
        remarks = (
            commentary_cards(name, _without_paths(text))
            for name, text in self.remarks
            if not _OF_ALL_FILES.match(text)
        )
        return "".join((*_images(self.kept), *remarks))


def _images(kept: tuple[SourceCard, ...]) -> Iterator[str]:
    for each in kept:
        value, image = each.value, each.image
        shown = _without_paths(value) if isinstance(value, str) else value
        if shown == value and len(image) <= CARD:
            yield carried_card(image)
        elif image.startswith("HIERARCH"):
            yield carried_card(_without_paths(image).rstrip())
        else:
            assert isinstance(shown, str)
            yield card(each.name, shown, each.comment)


def _without_paths(text: str) -> str:
    """A text in which files of the machine that made the map have their names only."""
    return _PATH.sub(r"\1", text)
