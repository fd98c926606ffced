"""Other ways to cut stamps, and floors that no way gets below, for the ratios of ``make bench``.

Each takes open files and places, and writes one file a stamp. They write less than the
service does: no provenance, and no checksums unless said.
"""

import copy
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from reproject import reproject_interp

Places = Sequence[tuple[float, float]]
Cutter = Callable[[Path, Path, Places, int], None]
"""Takes a map, a folder, pixels from 0, and the pixels along a stamp's side."""


def _corner(x: float, y: float, side: int) -> tuple[int, int]:
    return int(x - (side - 1) / 2 + 0.5), int(y - (side - 1) / 2 + 0.5)


def by_fitsio(source: Path, folder: Path, places: Places, side: int) -> None:
    """Slices and writes by fitsio, with CRPIX shifted: the fairest script that a user writes."""
    fitsio: Any = import_module("fitsio")
    with fitsio.FITS(str(source)) as hdus:
        headers = [hdus[index].read_header() for index in (1, 2)]
        for header in headers:
            header.clean()
        first = [(header["CRPIX1"], header["CRPIX2"]) for header in headers]
        for number, place in enumerate(places):
            x0, y0 = _corner(*place, side)
            with fitsio.FITS(str(folder / f"{number}.fits"), "rw") as out:
                for index, header, (x, y) in zip((1, 2), headers, first, strict=True):
                    header["CRPIX1"], header["CRPIX2"] = x - x0, y - y0
                    out.write(hdus[index][y0 : y0 + side, x0 : x0 + side], header=header)


def by_header_copies(source: Path, folder: Path, places: Places, side: int) -> None:
    """A copied header and a new WCS for each HDU of each stamp: spt3g_cutter's method."""
    fitsio: Any = import_module("fitsio")
    with fitsio.FITS(str(source)) as hdus:
        headers = {index: hdus[index].read_header() for index in (1, 2)}
        wcs = {index: WCS(fits.Header(_plain(header))) for index, header in headers.items()}
        for number, (x, y) in enumerate(places):
            out = fitsio.FITS(str(folder / f"{number}.fits"), "rw", clobber=True)
            for index in (1, 2):
                x0, y0 = _corner(x, y, side)
                pixels = hdus[index][y0 : y0 + side, x0 : x0 + side]
                header = copy.deepcopy(headers[index])
                ra, dec = wcs[index].wcs_pix2world([[x, y]], 0)[0]
                header["CRVAL1"], header["CRVAL2"] = ra, dec
                header["CRPIX1"], header["CRPIX2"] = x - x0 + 1, y - y0 + 1
                WCS(fits.Header(_plain(header)))
                out.write(pixels, header=header)
            out.close()


def _plain(header: Any) -> dict[str, Any]:
    return {name: header[name] for name in header if name and name.split("_")[0] in _WCS}


_WCS = {
    *("CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2"),
    *("CUNIT1", "CUNIT2", "LONPOLE", "LATPOLE", "RADESYS", "EQUINOX"),
}


def by_cutout2d(source: Path, folder: Path, places: Places, side: int) -> None:
    """Astropy's Cutout2D of mapped images, with the map's WCS made once."""
    with fits.open(source, memmap=True) as hdus:
        wcs = WCS(hdus[1].header)
        sky = SkyCoord(wcs.pixel_to_world(*np.transpose(places)))
        for number in range(len(places)):
            cut = [
                Cutout2D(hdus[i].data, sky[number], side, wcs=wcs, mode="partial") for i in (1, 2)
            ]
            images = []
            for index, each in zip((1, 2), cut, strict=True):
                header = hdus[index].header.copy()
                header.update(each.wcs.to_header())
                images.append(fits.ImageHDU(each.data, header))
            fits.HDUList([fits.PrimaryHDU(), *images]).writeto(folder / f"{number}.fits")


def by_reproject(source: Path, folder: Path, places: Places, side: int) -> None:
    """``reproject_interp`` of a part of the map around each stamp, once an HDU."""
    reach = side
    with fits.open(source, memmap=True) as hdus:
        whole = WCS(hdus[1].header)
        for number, (x, y) in enumerate(places):
            ra, dec = whole.wcs_pix2world([[x, y]], 0)[0]
            x0, y0 = max(0, int(x) - reach), max(0, int(y) - reach)
            part = whole[y0 : y0 + 2 * reach, x0 : x0 + 2 * reach]
            output = _north_up(float(ra), float(dec), side)
            images = []
            for index in (1, 2):
                pixels = hdus[index].data[y0 : y0 + 2 * reach, x0 : x0 + 2 * reach]
                values = reproject_interp(
                    (pixels.astype("f4"), part), output, shape_out=(side, side),
                    return_footprint=False, roundtrip_coords=False,
                )  # fmt: skip
                images.append(fits.ImageHDU(values.astype("f4"), output.to_header()))
            fits.HDUList([fits.PrimaryHDU(), *images]).writeto(folder / f"{number}.fits")


def _north_up(ra: float, dec: float, side: int) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = "RA---TAN", "DEC--TAN"
    wcs.wcs.crval, wcs.wcs.crpix = (ra, dec), (side / 2 + 0.5, side / 2 + 0.5)
    wcs.wcs.cdelt = -0.25 / 60, 0.25 / 60
    wcs.wcs.radesys = "FK5"
    return wcs


def by_astrocut(source: Path, folder: Path, places: Places, side: int) -> None:
    """``fits_cut`` of astrocut, one call a stamp: its way to many positions."""
    astrocut: Any = import_module("astrocut")
    with fits.open(source, memmap=True) as hdus:
        sky = SkyCoord(WCS(hdus[1].header).pixel_to_world(*np.transpose(places)))
    for number in range(len(places)):
        astrocut.fits_cut(
            [str(source)], sky[number], side, extension=[1, 2],
            cutout_prefix=str(number), output_dir=str(folder),
        )  # fmt: skip


def by_cutana(source: Path, folder: Path, places: Places, side: int) -> None:
    """``create_cutouts_direct`` of cutana and its writer of FITS files, all positions at once."""
    cutana: Any = import_module("cutana")
    direct: Any = import_module("cutana.direct_cutout")
    writer: Any = import_module("cutana.cutout_writer_fits")
    pandas: Any = import_module("pandas")
    # It tells of each batch otherwise.
    import_module("loguru").logger.disable("cutana")
    with fits.open(source, memmap=True) as hdus:
        ra, dec = WCS(hdus[1].header).wcs_pix2world(np.array(places), 0).T
    table = pandas.DataFrame(
        {
            "SourceID": [str(number) for number in range(len(places))],
            "RA": ra,
            "Dec": dec,
            "diameter_pixel": side,
            "fits_file_paths": str([str(source)]),
        }
    )
    config = cutana.get_default_config()
    config.fits_extensions = ["SCI", "WGT"]
    config.selected_extensions = [{"name": name, "ext": name} for name in ("SCI", "WGT")]
    config.do_only_cutout_extraction, config.apply_flux_conversion = True, False
    made = direct.create_cutouts_direct(table, config, max_workers=1, log_set_progress=False)
    writer.write_fits_batch(made, str(folder), config)


def copying_windows(source: Path, folder: Path, places: Places, side: int) -> None:
    """Copies the pixels out of the mapped images, and writes nothing."""
    del folder
    with fits.open(source, memmap=True) as hdus:
        images = [hdus[index].data.view(np.ndarray) for index in (1, 2)]
        for place in places:
            x0, y0 = _corner(*place, side)
            for image in images:
                image[y0 : y0 + side, x0 : x0 + side].tobytes()


def merely_writing(content: bytes, folder: Path, count: int) -> None:
    """Write a finished file again and again: no cutter is faster."""
    for number in range(count):
        with (folder / f"{number}.fits").open("xb") as stream:
            stream.write(content)
