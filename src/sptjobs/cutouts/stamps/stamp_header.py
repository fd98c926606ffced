"""Headers of stamps: what is carried over from the map, and what is said anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import numpy as np

import sptjobs
from sptjobs.cutouts.plan.part_plan import PartTarget, Style
from sptjobs.cutouts.stamps.card_columns import CardColumns
from sptjobs.cutouts.stamps.checksums import Bytes
from sptjobs.cutouts.stamps.header_bytes import CardRow, NumberCard, TextCard, Value, card, cards
from sptjobs.cutouts.stamps.local_noise import LocalNoise
from sptjobs.cutouts.stamps.noise_cards import map_noise_cards, noise_cards
from sptjobs.cutouts.stamps.source_cards import SourceCards
from sptjobs.cutouts.stamps.spt3g_cards import spt3g_cards
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.cutouts.stamps.versions import VERSIONS
from sptjobs.formats.map_content import Plane
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.windows import Windows
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from sptjobs.request.targets import MAX_SIZE_ARCMIN
from sptjobs.uws.mjd import modified_julian_date


@dataclass(frozen=True, slots=True)
class HeaderTemplate:
    """What the headers of all stamps of one map and job share.

    Attributes
    ----------
    common
        Cards of each plane that do not depend on the stamp; of SCI only where the map has
        no weights.
    opened
        The map; None where stamps have a grid of their own.
    """

    common: Mapping[Plane, str]
    opened: OpenMap | None
    _rendered: dict[str, tuple[Value, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, opened: OpenMap, style: Style) -> "HeaderTemplate":
        """Render the common cards of a map's stamps."""
        resampled = style.projection is Projection.TAN
        source = {each: SourceCards.of(opened, each, resampled=resampled) for each in Plane}
        return cls(
            common={
                plane: _common(opened, plane, style, source)
                for plane in Plane
                if plane.value.lower() in style.planes
                and (plane is Plane.SCI or opened.record.has_weights)
            },
            opened=opened if style.projection is Projection.NATIVE else None,
        )

    def wcs_cards(self, stamp: Stamp) -> str:
        """The stamp's WCS; cards that many stamps have alike are rendered once."""
        return "".join(self._card(name, value) for name, value in stamp.wcs.items())

    def cards_of_all(
        self, targets: Sequence[PartTarget], sheet: StampSheet
    ) -> Mapping[Plane, Bytes] | None:
        """The cards of each header of each plane that depend on the stamp, (n, bytes).

        None where some stamps have more cards than others.
        """
        rows: dict[Plane, Bytes] = {}
        done: dict[tuple[tuple[str, Value], ...], Bytes | None] = {}
        for plane in self.common:
            # Where stamps lie on the map is mostly said alike in both planes.
            shifted = tuple(self.shifted(plane, sheet.windows.wcs).items())
            if shifted not in done:
                cards = CardColumns(len(sheet))
                self._add_wcs(cards, sheet.windows)
                self._add_shifted(cards, plane, sheet.windows)
                add_about(cards, targets, sheet)
                done[shifted] = cards.rows()
            own = done[shifted]
            if own is None:
                return None
            rows[plane] = own
        return rows

    def _add_wcs(self, cards: CardColumns, windows: Windows) -> None:
        for name, value in windows.wcs.items():
            if name in windows.varying:
                cards.add_numbers(_number_card(name), windows.varying[name])
            else:
                cards.add(self._card(name, value))

    def _add_shifted(self, cards: CardColumns, plane: Plane, windows: Windows) -> None:
        varying = {name: np.array(values) for name, values in windows.varying.items()}
        for name, values in self.shifted(plane, varying).items():
            cards.add_numbers(_number_card(name), values.tolist())

    def _card(self, name: str, value: Value) -> str:
        # The same object, not an equal one: 1 and 1.0 are written differently.
        if name not in self._rendered or self._rendered[name][0] is not value:
            self._rendered[name] = value, card(name, value)
        return self._rendered[name][1]

    def shifted(self, plane: Plane, wcs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Cards of the map beside the WCS that say where the stamp with this WCS lies on it."""
        return {} if self.opened is None else self.opened.shifted(plane, wcs)

    def shifted_cards(self, plane: Plane, wcs: Mapping[str, Value]) -> str:
        """The same as text."""
        shifted = self.shifted(plane, wcs)
        return "".join(_number_card(name)(value) for name, value in shifted.items())


@cache
def _number_card(name: str) -> NumberCard:
    return NumberCard(name)


_OBJECT = TextCard("OBJECT", "name of the target")
_REGION = TextCard("REGION", "[deg] asked for, ICRS")
_WHOLE_CARDS = {
    whole: card("REGWHOLE", whole, "a stamp can be as large as the region")
    for whole in (True, False)
}
_TARGET_CARDS = (
    NumberCard("TARG_RA", "[deg] target, ICRS"),
    NumberCard("TARG_DEC", "[deg] target, ICRS"),
    NumberCard("TARG_X", "target's pixel, the first one is 1"),
    NumberCard("TARG_Y", "target's pixel, the first one is 1"),
    NumberCard("NORTH_PA", "[deg] north at target, from +y towards -x"),
    NumberCard("COVERED", "observed fraction of the pixels"),
)
_CENTRE_CARDS = {
    covered: card("CENTCOV", covered, "the target's pixel is observed") for covered in (True, False)
}


def about_cards(
    target: PartTarget,
    place: tuple[float, float],
    north: float,
    covered: float,
    noise: LocalNoise | None,
    *,
    centre: bool,
) -> str:
    """Cards that tell of the target and of what the stamp holds of it."""
    ra, dec, x, y, north_pa, part = _TARGET_CARDS
    numbers = f"{ra(target.ra)}{dec(target.dec)}{x(place[0])}{y(place[1])}{north_pa(north)}"
    region = "" if target.region is None else _region_cards(target)
    about = f"{_OBJECT(target.objid)}{region}{numbers}{part(covered)}{_CENTRE_CARDS[centre]}"
    return about if noise is None else about + noise_cards(noise)


def add_about(cards: CardColumns, targets: Sequence[PartTarget], sheet: StampSheet) -> None:
    """Add the cards of ``about_cards`` of each stamp of a sheet."""
    cards.add_texts(_OBJECT, [target.objid for target in targets])
    if any(target.region is not None for target in targets):
        cards.add_each(["" if t.region is None else _region_cards(t) for t in targets])
    ra, dec = [target.ra for target in targets], [target.dec for target in targets]
    columns = (ra, dec, sheet.windows.x, sheet.windows.y, sheet.north, sheet.covered)
    for card_, values in zip(_TARGET_CARDS, columns, strict=True):
        cards.add_numbers(card_, values)
    if all(sheet.centre_covered):
        cards.add(_CENTRE_CARDS[True])
    else:
        cards.add_each([_CENTRE_CARDS[covered] for covered in sheet.centre_covered])
    if any(noise is not None for noise in sheet.noise):
        cards.add_each(["" if noise is None else noise_cards(noise) for noise in sheet.noise])


def _region_cards(target: PartTarget) -> str:
    """The region that was asked for, and whether a stamp can hold it."""
    whole = max(target.xsize, target.ysize) < MAX_SIZE_ARCMIN
    return f"{_REGION(target.region or '')}{_WHOLE_CARDS[whole]}"


def _common(
    opened: OpenMap, plane: Plane, style: Style, source: Mapping[Plane, SourceCards]
) -> str:
    """Cards of a plane that do not depend on the stamp."""
    record = opened.record
    own, sci = source[plane], source[Plane.SCI]
    unit = record.unit or sci.text("BUNIT") or sci.text("SRCBUNIT")
    rows = [
        *_unit(record, plane, own),
        *_dates(record),
        *_missing(record, plane, own),
        *spt3g_cards(plane, own.stated, unit),
    ]
    about = [*resampling_cards(style, plane), *_loss(opened, plane)]
    if plane is Plane.SCI:
        about.extend(_provenance(record, style))
    noise = map_noise_cards(record) if style.measures_noise else ""
    return cards(rows) + own.images() + cards(about) + noise


def _unit(record: MapRecord, plane: Plane, source: SourceCards) -> Iterable[CardRow]:
    """The unit that the operator confirmed, and the source's own where it is another."""
    confirmed = record.unit if plane is Plane.SCI else record.weight_unit
    stated = source.text("BUNIT") or source.text("SRCBUNIT")
    if confirmed is not None:
        yield "BUNIT", confirmed, ""
    if stated is not None and stated != confirmed:
        yield "SRCBUNIT", stated, "the map's own BUNIT, which nobody confirmed"


def _dates(record: MapRecord) -> Iterable[CardRow]:
    for name, date in (("BEG", record.date_beg), ("END", record.date_end)):
        if date is not None:
            yield f"DATE-{name}", date, "UTC"
            yield f"MJD-{name}", modified_julian_date(date), "UTC"


def _missing(record: MapRecord, plane: Plane, source: SourceCards) -> Iterable[CardRow]:
    """What the catalogue knows and the source does not say."""
    said = {
        "BAND": record.band,
        "OBSID": record.obsid,
        "FIELD": record.field,
        "FILETYPE": record.filetype,
        "SEASON": record.season,
    }
    for name, value in said.items():
        if value and name not in source.stated:
            yield name, value, ""
    if plane is Plane.SCI and record.beam_arcmin is not None and "BMAJ" not in source.stated:
        for name in ("BMAJ", "BMIN"):
            if name not in source.stated:
                yield name, record.beam_arcmin / 60, "[deg] beam, full width at half maximum"


def _loss(opened: OpenMap, plane: Plane) -> Iterable[CardRow]:
    loss = opened.loss(plane)
    if loss is not None:
        yield "SRC_LOSS", loss.compression, "lossy compression of the map's pixels"
        if loss.step is not None:
            yield "SRC_STEP", loss.step, "largest step that it rounded them to"


def _provenance(record: MapRecord, style: Style) -> Iterable[CardRow]:
    weights = [] if record.has_weights else [("HAS_WGT", False, "every finite pixel counts")]
    return [
        *weights,
        *made_by(style),
        ("SRC_MAP", record.map_id, "map that this was cut from"),
        ("SRC_FILE", PurePosixPath(record.path).name, "its file"),
        ("SRC_SHA", record.sha256, ""),
        ("SRC_CHK", record.block_sums is not None, "its bytes were found unchanged"),
        ("REQ_SHA", style.request_sha256, ""),
    ]


def made_by(style: Style) -> Iterable[CardRow]:
    """The software that a stamp depends on."""
    yield "CREATOR", f"spt3g-data-service {sptjobs.__version__}", ""
    for name, text in VERSIONS.items():
        if name != "reproject" or style.projection is Projection.TAN:
            yield f"V_{name[:6].upper()}", text, name


def resampling_cards(style: Style, plane: Plane) -> Iterable[CardRow]:
    """How the pixels of a plane were made of the map's."""
    if style.projection is Projection.NATIVE:
        yield "RESAMPLE", "none", "the map's own pixels"
    elif plane is Plane.SCI:
        yield "RESAMPLE", style.order.value, "pixels are correlated"
    else:
        yield "RESAMPLE", "nearest", "weights repeat those of the nearest map pixel"
        yield "WGTCORR", True, "weights of pixels are correlated"
