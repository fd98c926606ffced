"""Maps of other observatories: no SPT-3G names, no weights or ones of other names."""

from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.support.small_maps import wcs_cards

COLLECTION = """\
name = "three observatories"
bands = ["r", "f090", "150GHz"]
filetypes = ["image", "coadd"]
band.150GHz.beam_arcmin = 1.2

[[map]]
files = "deep.fits"
band = "r"
filetype = "image"
field = "north"
tag = "deep"
unit = "nJy"
weights = "none"

[[map]]
files = "car/*"
band = "f090"
filetype = "coadd"
tag = "dr6"
unit = "uK"
weight_unit = "uK-2"
image = 0
weights = "IVAR"

[[map]]
files = "visit_*"
band = "150GHz"
filetype = "image"
field = "south"
weights = "none"
"""

PLACES = {"r": (150.1, 2.2), "f090": (30.0, -5.0), "150GHz": (0.3, -57.5)}
"""A position (ra, dec) [deg, ICRS] on each map, by its band."""


def write_foreign_maps(archive: Path) -> None:
    """Write a TAN image of an optical survey, a CAR map of another CMB experiment, an SFL map."""
    noise = np.random.default_rng(4)
    for folder in ("optical", "car", "sfl"):
        (archive / folder).mkdir(parents=True)
    (archive / "collection.toml").write_text(COLLECTION)
    optical = noise.normal(100, 1, (120, 160)).astype(np.float32)
    optical[:10] = np.nan
    cards = wcs_cards((120, 160), projection="TAN", crval=PLACES["r"], frame="ICRS", scale=0.05)
    header = fits.Header(cards.items())
    header["FILTER"], header["INSTRUME"] = "r.MP9602", "MegaPrime"
    fits.PrimaryHDU(optical, header).writeto(archive / "optical" / "deep.fits")
    cards = wcs_cards(
        (90, 120), projection="CAR", crval=(30.0, 0.0), crpix=(60.5, 645.5), frame="ICRS", scale=0.5
    )
    header = fits.Header(cards.items())
    fits.HDUList(
        [
            fits.PrimaryHDU(noise.normal(size=(90, 120)), header),
            fits.ImageHDU(noise.uniform(1, 2, (90, 120)), header, name="IVAR"),
        ]
    ).writeto(archive / "car" / "f090.fits")
    header = fits.Header(wcs_cards((200, 240), projection="SFL", frame="ICRS").items())
    header["DATE-OBS"] = "2021-05-01T02:03:04"
    fits.PrimaryHDU(noise.normal(size=(200, 240)).astype(np.float32), header).writeto(
        archive / "sfl" / "visit_1.fits"
    )
