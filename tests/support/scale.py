"""How much a test does: small counts by default, the stated ones in ``make soak``."""

import math
import os

SCALE = float(os.environ.get("SPT_TEST_SCALE", "1"))

FULL = 50.0
"""The scale at which every test does what the promise that it holds the service to states."""


def scaled(count: int, stated: int | None = None) -> int:
    """Scale a count by ``SPT_TEST_SCALE``, to one at least.

    With a stated count it grows to that at ``FULL``, by equal factors on the way,
    and never beyond; without one it is multiplied.
    """
    if stated is None or SCALE <= 1:
        return max(1, int(count * SCALE))
    share = min(1.0, math.log(SCALE) / math.log(FULL))
    return round(count * math.pow(stated / count, share))


examples = scaled
