"""North-up gnomonic stamps."""

from collections.abc import Sequence

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.geometry import stamp_shape
from sptjobs.formats.map_content import OutputGrid
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.placement import Need


def tan_grid(target: PartTarget, scale_arcmin: float) -> OutputGrid:
    """Pixels of a north-up TAN stamp; the target is the centre of pixel n // 2 + 1 of each axis.

    At a corner of pixels no pixel would show the peak of a point source.
    """
    # Beside a pixel on whose centre the target stands, half of an even number reaches less far.
    more = scale_arcmin if (target.region or "CIRCLE").partition(" ")[0] != "CIRCLE" else 0.0
    ny, nx = stamp_shape(target.xsize + more, target.ysize + more, scale_arcmin)
    cards: dict[str, float | int | str | bool] = {
        "WCSAXES": 2,
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CRPIX1": float(nx // 2 + 1),
        "CRPIX2": float(ny // 2 + 1),
        "CRVAL1": target.ra,
        "CRVAL2": target.dec,
        "CDELT1": -scale_arcmin / 60,
        "CDELT2": scale_arcmin / 60,
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "LONPOLE": 180.0,
        "LATPOLE": target.dec,
        "RADESYS": "ICRS",
    }
    return OutputGrid(cards, (ny, nx), scale_arcmin)


def tan_need(target: PartTarget, pair: Pair, style: Style) -> Need:
    """About what a stamp needs of the map, without projecting it."""
    return Need(pair.x, pair.y, target.xsize, target.ysize, style.order, style.pixel_scale)


def tan_stamp(opened: OpenMap, target: PartTarget, style: Style) -> Stamp | None:
    """Resample a stamp; None when none of its pixel centres lies on the map.

    Unobserved map pixels count as NaN. A pixel of the stamp is unobserved where
    the chosen order needs one of them. WGT is that of the nearest map pixel.
    """
    grid = tan_grid(target, style.pixel_scale or opened.record.pixel_scale_arcmin)
    planes = opened.resampled(grid, style.order)
    if planes is None:
        return None
    return Stamp(
        sci=planes[0],
        wgt=planes[1],
        wcs=grid.wcs,
        targ_x=float(grid.wcs["CRPIX1"]),
        targ_y=float(grid.wcs["CRPIX2"]),
        north=0.0,
    )


def tan_sheet(opened: OpenMap, targets: Sequence[PartTarget], style: Style) -> StampSheet | None:
    """Resample stamps of one size; None where they have to be made one by one."""
    scale = style.pixel_scale or opened.record.pixel_scale_arcmin
    grids = [tan_grid(target, scale) for target in targets]
    windows = opened.resampled_all(grids, style.order)
    return None if windows is None else StampSheet(windows, [0.0] * len(grids))
