"""Reads the named texts of one request, collecting everything that is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sptjobs.maps.site import declared
from sptjobs.products import coadd, difference, registry
from sptjobs.products.product import Asked
from sptjobs.request.characters import check_characters
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.request.examined import Examined
from sptjobs.request.parameter import Occurs, Parameter
from sptjobs.request.stacks import stack_problems
from sptjobs.request.stamp_memory import MAX_STAMP_PIXELS, stamp_pixels
from sptjobs.request.target_source import TargetSource
from sptjobs.request.targets import MAX_PROBLEMS
from sptjobs.request.unknown_parameters import check_unknown, is_unknown, unknown_parameter
from sptjobs.request.vocabulary import CUTOUT_NAMES, CUTOUT_PARAMETERS, PARAMETER_BY_NAME
from sptjobs.uws.errors import (
    InvalidRequestError,
    MultiValuedParamNotSupported,
    ParameterError,
)

MAP_PIXEL_ARCMIN = 0.25
"""Side of a pixel of SPT-3G maps."""

ANTIALIASED = (Order.ADAPTIVE, Order.EXACT)
"""Orders that skip no map pixel when the stamp's pixels are larger."""


class RequestReader:
    """Reads one request.

    Parameters
    ----------
    values
        Texts by upper-case name.
    source
        Where the targets come from.
    problems
        What was found wrong before.
    strict
        Whether parameters that are not known are refused; else they mean nothing.
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[str]],
        source: TargetSource,
        problems: Sequence[ParameterError] = (),
        *,
        strict: bool = True,
    ) -> None:
        self._strict = strict
        self._values = values
        self._source = source
        self._problems = list(problems)

    def request(self) -> CutoutRequest:
        """The request, or every problem with it.

        Raises
        ------
        InvalidRequestError, MultiValuedParamNotSupported, TooLargeError
            As ``sptjobs.request.parsing.parse_request`` says.
        """
        examined = self.examined(to_the_end=False)
        if examined.problems:
            raise InvalidRequestError(examined.problems[:MAX_PROBLEMS])
        return examined.request

    def examined(self, *, to_the_end: bool = True) -> Examined:
        """What is right about the request, and what is wrong with it.

        Parameters
        ----------
        to_the_end
            Whether a table is read to its end however much of it is wrong.

        Raises
        ------
        MultiValuedParamNotSupported, TooLargeError
            As ``request``.
        """
        self._check_names()
        self._check_counts()
        found = self._source.found(to_the_end=to_the_end)
        self._problems += found.problems
        request = self._draft(tuple(found.targets.values()))
        return Examined(
            request=request,
            rows=tuple(found.targets),
            problems=tuple(self._problems),
            problem_count=len(self._problems) - len(found.problems) + found.problem_count,
            bad_rows=found.bad_rows,
            columns=found.columns,
            ambiguities=found.ambiguities,
        )

    def _draft(self, targets: tuple[Target, ...]) -> CutoutRequest:
        """The request as far as it can be read; what is wrong is noted."""
        given: dict[str, Any] = {}
        for each in CUTOUT_PARAMETERS:
            if each.attribute is not None and (value := self._read(each)) is not None:
                before = given.get(each.attribute)
                given[each.attribute] = value if before is None else _both(before, value)
        request = CutoutRequest(targets, **given)
        if "filetypes" not in given:
            request = replace(request, filetypes=_usual_filetypes(request))
        self._check_mask(request)
        self._check_noise(request)
        self._check_reference(request)
        self._check_days(request)
        self._check_resampling(request)
        self._check_products(request)
        self._check_planes(request)
        self._check_stacks(request)
        return request

    def _check_names(self) -> None:
        self._problems += check_unknown(self._values)
        for name, values in self._values.items():
            if name not in CUTOUT_NAMES and (self._strict or not is_unknown(name)):
                self._note(unknown_parameter(name, values[0]))
            for value in values:
                try:
                    check_characters(name, value)
                except ParameterError as problem:
                    self._note(problem)

    def _check_counts(self) -> None:
        for name in CUTOUT_NAMES:
            values = self._values.get(name, ())
            if len(values) > 1 and PARAMETER_BY_NAME[name].occurs is Occurs.ONCE:
                shown = ", ".join(repr(value[:40]) for value in values[:4])
                raise MultiValuedParamNotSupported(
                    f"{name}: may be given once, was given {len(values)} times ({shown})"
                )

    def _check_days(self, request: CutoutRequest) -> None:
        start, end = request.date_start, request.date_end
        if start is not None and end is not None and start > end:
            message = f"is after DATE_END, {end}"
            self._note(ParameterError(message, field="DATE_START", value=str(start)))

    def _check_mask(self, request: CutoutRequest) -> None:
        if request.mask_outside and any(target.region is None for target in request.targets):
            message = "needs regions to mask outside of; give POS, CIRCLE or POLYGON"
            value = self._values["MASK_OUTSIDE"][0]
            self._note(ParameterError(message, field="MASK_OUTSIDE", value=value))

    def _check_noise(self, request: CutoutRequest) -> None:
        asked = {"NOISE": request.noise, "UNIFORM_COVERAGE": request.uniform_coverage is not None}
        for name, is_asked in asked.items():
            if is_asked and not request.makes_stamps:
                message = "is of stamps, and none are made; add fits or preview to PRODUCTS"
                value = self._values[name][0]
                self._note(ParameterError(message, field=name, value=value))

    def _check_reference(self, request: CutoutRequest) -> None:
        start, end = request.reference_start, request.reference_end
        for name, day in (("REFERENCE_START", start), ("REFERENCE_END", end)):
            if day is not None and not {coadd.NAME, difference.NAME} & set(request.products):
                message = "is of coadds, and none are made; add coadd or difference to PRODUCTS"
                self._note(ParameterError(message, field=name, value=str(day)))
        if start is not None and end is not None and start > end:
            message = f"is after REFERENCE_END, {end}"
            self._note(ParameterError(message, field="REFERENCE_START", value=str(start)))

    def _check_resampling(self, request: CutoutRequest) -> None:
        if request.projection is Projection.NATIVE:
            for name in ("PIXEL_SCALE", "ORDER"):
                if name in self._values:
                    message = "native stamps keep the map's pixels; add PROJECTION=TAN"
                    self._note(ParameterError(message, field=name, value=self._values[name][0]))
            return
        scale = request.pixel_scale
        if scale is not None and scale > MAP_PIXEL_ARCMIN and request.order not in ANTIALIASED:
            # The other orders skip map pixels here, and what they skip is lost.
            message = (
                f"is coarser than the maps' {MAP_PIXEL_ARCMIN:g} arcmin, "
                "which needs ORDER=adaptive or ORDER=exact"
            )
            value = self._values["PIXEL_SCALE"][0]
            self._note(ParameterError(message, field="PIXEL_SCALE", value=value))
        self._check_memory(request, scale or MAP_PIXEL_ARCMIN)

    def _check_memory(self, request: CutoutRequest, scale: float) -> None:
        """Refuse a stamp that a cutting process has no memory for."""
        planes = max(1, len(request.polarizations))
        for target in request.targets:
            across, up = stamp_pixels(target, scale)
            if across * up * planes > MAX_STAMP_PIXELS:
                of_all = f", of {planes} planes of polarisation" if planes > 1 else ""
                message = (
                    f"makes the stamp of {target.objid} {across} x {up} pixels{of_all}, up to "
                    f"{MAX_STAMP_PIXELS} in all can be made; give a coarser one, or a smaller size"
                )
                self._note(ParameterError(message, field="PIXEL_SCALE", value=f"{scale:g}"))
                return

    def _check_products(self, request: CutoutRequest) -> None:
        observations = self._may_select_observations(request.targets)
        asked = Asked(request.products, request.coadds, request.bands, observations)
        for product in registry.chosen(request.products):
            self._problems += product.check(asked)

    def _check_planes(self, request: CutoutRequest) -> None:
        """Refuse several planes of polarisation of products that are of one."""
        if len(request.polarizations) < 2:
            return
        for product in registry.chosen(request.products):
            if not product.takes_planes:
                message = f"gives {product.name} for one plane of polarisation only; ask for one"
                value = ",".join(request.polarizations)
                self._note(ParameterError(message, field="POL", value=value))

    def _check_stacks(self, request: CutoutRequest) -> None:
        for problem in stack_problems(request):
            self._note(problem)

    def _may_select_observations(self, targets: Sequence[Target]) -> bool:
        named = any(name in self._values for name in ("DATE_START", "DATE_END", "TIME"))
        # Where no target could be read, their times may be among what is wrong.
        timed = not targets or any(t.tmin is not None or t.tmax is not None for t in targets)
        return named or timed

    def _read(self, parameter: Parameter) -> Any:
        """Value of a parameter; None where it is not given, or nothing of it can be read."""
        texts: Iterable[str] = self._values.get(parameter.name, ())
        if parameter.occurs is Occurs.ONCE:
            return next((self._parsed(parameter, text) for text in texts), None)
        if parameter.occurs is Occurs.LISTED:
            texts = [word for text in texts for word in text.split(",")]
        read = [self._parsed(parameter, text) for text in texts]
        values = [value for value in read if value is not None]
        try:
            return parameter.collect(values) if values else None
        except ParameterError as problem:
            self._note(problem)
            return None

    def _parsed(self, parameter: Parameter, text: str) -> Any:
        if not text.strip():
            message = "has no value; leave the parameter out for its default"
            self._note(ParameterError(message, field=parameter.name, value=text))
            return None
        try:
            return parameter.parser(text.strip(), field=parameter.name)
        except ParameterError as problem:
            self._note(problem)
            return None

    def _note(self, problem: ParameterError) -> None:
        self._problems.append(problem)


def _both(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """What two parameters choose that each narrow the same: BAND and BANDS."""
    return tuple(value for value in first if value in second)


def _usual_filetypes(request: CutoutRequest) -> tuple[str, ...]:
    """Kinds of maps of a request that names none."""
    kinds = declared()
    if request.map_ids:
        return kinds.filetype_names
    return (
        kinds.default_filetypes if request.coadds or request.has_times else kinds.newest_filetypes
    )
