"""The parameters of a request for cutouts, each declared once in the module of its group.

Forms, query strings and JSON documents are read by this table; the README's table of
parameters and the description of the API are written from it.
"""

from sptjobs.request.control_parameters import CONTROL_PARAMETERS
from sptjobs.request.control_values import Controls
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.origin_parameters import ORIGIN_PARAMETERS
from sptjobs.request.parameter import Parameter, ParameterGroup, check_table
from sptjobs.request.product_parameters import PRODUCT_PARAMETERS
from sptjobs.request.selection_parameters import SELECTION_PARAMETERS
from sptjobs.request.stamp_parameters import STAMP_PARAMETERS
from sptjobs.request.target_parameters import TARGET_PARAMETERS

PARAMETERS: tuple[Parameter, ...] = (
    *TARGET_PARAMETERS,
    *SELECTION_PARAMETERS,
    *STAMP_PARAMETERS,
    *PRODUCT_PARAMETERS,
    *ORIGIN_PARAMETERS,
    *CONTROL_PARAMETERS,
)
"""All of them, in the order of the documentation."""

check_table(
    PARAMETERS,
    {
        ParameterGroup.SELECTION: CutoutRequest,
        ParameterGroup.STAMP: CutoutRequest,
        ParameterGroup.PRODUCTS: CutoutRequest,
        ParameterGroup.CONTROLS: Controls,
    },
)
