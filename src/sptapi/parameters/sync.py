"""The parameters of a synchronous cutout: those of SODA, each once, and the form of the response.

References
----------
SODA 1.0, sections 2.1 "{sync} resource", 3.2 and 3.4; DALI 1.1, section 3.4.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sptapi.parameters.body import Form
from sptapi.parameters.controls import Fields, single
from sptapi.parameters.division import fields_named
from sptjobs.request.parameter import ParameterGroup
from sptjobs.request.vocabulary import names_of
from sptjobs.uws.errors import MultiValuedParamNotSupported, ParameterError

FITS, PNG = "application/fits", "image/png"
FORMATS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        FITS: (FITS, "fits"), "image/fits": ("image/fits", "fits"), "fits": (FITS, "fits"),
        PNG: (PNG, "preview"), "png": (PNG, "preview"),
    }
)  # fmt: skip
"""Media type and product of each name that RESPONSEFORMAT may have."""

_FORMAT, _LIMIT = frozenset({"RESPONSEFORMAT"}), frozenset({"MAXREC"})
_REGIONS = frozenset({"POS", "CIRCLE", "POLYGON"})
_ONCE = frozenset({"ID", "BAND"})
_OF_JOBS = names_of(ParameterGroup.ORIGIN) | frozenset(
    {"POSITIONS", "UPLOAD", "PRODUCTS", "PHASE", "EXECUTIONDURATION", "DESTRUCTION"}
)
_WORD = "the synchronous service cuts one region; send more to /api/v1/cutout/async"


@dataclass(frozen=True, slots=True)
class ResponseForm:
    """What the response is: its media type, and the product that is sent."""

    media_type: str
    product: str


def read_response_form(form: Form) -> ResponseForm:
    """Read RESPONSEFORMAT, and refuse what only a job can do.

    Raises
    ------
    ParameterError
        The format is none that is made, or a parameter of jobs is given.
    MultiValuedParamNotSupported
        There is more than one region, ID or BAND.
    """
    for name, value in fields_named(form, _LIMIT):
        message = "limits tables of searches; a cutout is one file, leave it out"
        raise ParameterError(message, field=name, value=value)
    for name, _ in fields_named(form, _OF_JOBS):
        raise ParameterError(f"is a parameter of jobs; {_WORD}", field=name)
    if form.uploads or "POSITIONS" in {name.upper() for name in (form.document or {})}:
        raise ParameterError(f"a table is for jobs; {_WORD}", field="POSITIONS")
    _check_counts(fields_named(form, _REGIONS | _ONCE))
    text = single(fields_named(form, _FORMAT), "RESPONSEFORMAT")
    requested = FITS if text is None else text.partition(";")[0].strip().lower()
    if requested not in FORMATS:
        raise ParameterError(f"must be {FITS} or {PNG}", field="RESPONSEFORMAT", value=text)
    return ResponseForm(*FORMATS[requested])


def _check_counts(fields: Fields) -> None:
    names = [name for name, _ in fields]
    for name in _ONCE:
        if names.count(name) > 1:
            raise MultiValuedParamNotSupported(f"{name}: given several times; {_WORD}")
    regions = [name for name in names if name in _REGIONS]
    if len(regions) > 1:
        raise MultiValuedParamNotSupported(f"{' and '.join(regions)}: {_WORD}")
