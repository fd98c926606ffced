"""Cards that tell of the noise of a stamp, and by which formula."""

from sptjobs.cutouts.stamps.header_bytes import CARD, NumberCard, cards, commentary_cards
from sptjobs.cutouts.stamps.local_noise import CLIPPED_SIGMA, ROUNDS, LocalNoise
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord

_COMMENTS = (
    ("STAMPRMS", "[BUNIT] standard deviation of the pixels"),
    ("WGTDEPTH", "[BUNIT] MAPNOISE / sqrt(median WGT)"),
    ("PSDEPTH5", "[mJy] point source at 5 WGTDEPTH"),
    ("WGTRATIO", "smallest over largest WGT"),
)
_CARDS = tuple(NumberCard(*each) for each in _COMMENTS)

_UNKNOWN = " " * CARD
"""A blank card, which says nothing: the headers of all stamps are of one length."""

_FORMULA = (
    f"STAMPRMS: of observed pixels within {CLIPPED_SIGMA:g} deviations of their median; {ROUNDS}",
    "times, at first by 1.4826 times the median of absolute deviations.",
    "MAPNOISE: robust standard deviation of SCI sqrt(WGT) over the whole map.",
    "WGTRATIO: a pixel that is not observed has the weight 0.",
)


def noise_cards(noise: LocalNoise) -> str:
    """Cards of a stamp's noise, all of one length whatever is known."""
    pairs = zip(_CARDS, noise, strict=True)
    return "".join(_UNKNOWN if value is None else card(value) for card, value in pairs)


def map_noise_cards(record: MapRecord) -> str:
    """What the noise of all stamps of a map goes by."""
    noise = MapNoise.from_text(record.noise)
    measured = (
        [] if noise is None else [("MAPNOISE", noise.rms, "1: weights are inverse variances")]
    )
    remarks = _FORMULA if noise is not None else (*_FORMULA, "MAPNOISE was not measured: 1 here.")
    return cards(measured) + "".join(commentary_cards("COMMENT", line) for line in remarks)
