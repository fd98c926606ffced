"""The names of parameters by what they are for; all follow from the table."""

from collections.abc import Mapping
from types import MappingProxyType

from sptjobs.request.parameter import Parameter, ParameterGroup
from sptjobs.request.parameter_table import PARAMETERS

PARAMETER_BY_NAME: Mapping[str, Parameter] = MappingProxyType(
    {each.name: each for each in PARAMETERS}
)

_ALIASES = {alias: each.name for each in PARAMETERS for alias in each.aliases}


def names_of(*groups: ParameterGroup) -> frozenset[str]:
    """Names of the parameters of some groups."""
    return frozenset(each.name for each in PARAMETERS if each.group in groups)


CUTOUT_PARAMETERS = tuple(
    each
    for each in PARAMETERS
    if each.group not in {ParameterGroup.ORIGIN, ParameterGroup.CONTROLS}
)
"""Parameters that describe the cutouts, in the order of the documentation."""

CUTOUT_NAMES = tuple(each.name for each in CUTOUT_PARAMETERS)

CONTROLS = names_of(ParameterGroup.CONTROLS)
"""Parameters that steer the new job."""

OF_RESPONSES = frozenset({"RESPONSEFORMAT", "MAXREC"})
"""DALI's parameters of a response (DALI 1.1, sections 3.4.3 and 3.4.4)."""

BESIDE = CONTROLS | OF_RESPONSES
"""Every name that may stand beside the parameters of a cutout and is none of them."""


def canonical_name(name: str) -> str:
    """Give the name by which a parameter is known here, whatever its case or alias."""
    upper = name.strip().upper()
    return _ALIASES.get(upper, upper)
