"""Animations: the observations of a target as the frames of one picture."""

from collections.abc import Iterator, Sequence

from sptjobs.maps.record import MapRecord
from sptjobs.products import preview
from sptjobs.products.observations import epoch_problems, unweighted_epochs
from sptjobs.products.product import Asked, FileKind, Needs, Per, Product, ResultKind
from sptjobs.uws.errors import ParameterError

NAME = "animation"


def _check(asked: Asked) -> Iterator[ParameterError]:
    return epoch_problems(asked, NAME, "an animation")


def _warn(maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    return unweighted_epochs(maps, NAME, "are in no animation")


PRODUCT = Product(
    name=NAME,
    summary="a PNG whose frames are all observations in order of time, for each target and band",
    needs=Needs.STAMP,
    output=FileKind(".png", "image/png", preview.picture_bytes, per=Per.BAND_OF_TARGET),
    result=ResultKind("animations", "application/json"),
    stamp_s=1.0e-3,
    pixel_s=3.0e-7,
    check=_check,
    warn=_warn,
    across_maps=True,
    keeps_stamps=True,
)
