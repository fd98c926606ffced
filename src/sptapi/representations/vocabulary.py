"""Values, defaults and limits of cutout requests, for clients that offer them."""

from sptapi.representations.tree import Tree
from sptjobs.maps.kinds import MapKinds
from sptjobs.maps.site import declared
from sptjobs.products.product import Needs
from sptjobs.products.registry import DEFAULT, PRODUCTS
from sptjobs.request.cutout_request import Order, Projection
from sptjobs.request.parameter_values import COARSEST_ARCMIN, FINEST_ARCMIN
from sptjobs.request.request_reader import ANTIALIASED, MAP_PIXEL_ARCMIN
from sptjobs.request.stamp_memory import MAX_STAMP_PIXELS
from sptjobs.request.target_source import DEFAULT_SIZE_ARCMIN
from sptjobs.request.targets import MAX_SIZE_ARCMIN, MIN_SIZE_ARCMIN


def vocabulary_tree(max_targets: int) -> Tree:
    """Describe what a request may say; angles in arcmin.

    Parameters
    ----------
    max_targets
        How many targets a job of this user may have.
    """
    kinds = declared()
    return {
        "bands": [{"name": band.name, "aliases": list(band.aliases)} for band in kinds.bands],
        "filetypes": [{"name": each.name, "summary": each.summary} for each in kinds.filetypes],
        "products": [
            {"name": each.name, "summary": each.summary, "stamps": each.needs is Needs.STAMP}
            for each in PRODUCTS
        ],
        "projections": [each.value for each in Projection],
        "orders": [{"name": each.value, "antialiased": each in ANTIALIASED} for each in Order],
        "defaults": _defaults(kinds),
        "limits": {
            "targets": max_targets,
            "size_min": MIN_SIZE_ARCMIN,
            "size_max": MAX_SIZE_ARCMIN,
            "pixel_scale_min": FINEST_ARCMIN,
            "pixel_scale_max": COARSEST_ARCMIN,
            "stamp_pixels": MAX_STAMP_PIXELS,
        },
        "map_pixel_scale": MAP_PIXEL_ARCMIN,
    }


def _defaults(kinds: MapKinds) -> Tree:
    return {
        "size": DEFAULT_SIZE_ARCMIN,
        "bands": list(kinds.band_names),
        "filetypes": list(kinds.default_filetypes),
        "newest_filetypes": list(kinds.newest_filetypes),
        "products": list(DEFAULT),
        "projection": Projection.NATIVE.value,
        "order": Order.BILINEAR.value,
        "pad": True,
    }
