"""How much a test does: small counts by default, the long ones in ``make soak``."""

import os

SCALE = float(os.environ.get("SPT_TEST_SCALE", "1"))


def scaled(count: int, stated: int | None = None) -> int:
    """Multiply a count by ``SPT_TEST_SCALE``: one at least, and at most the stated one.

    The stated count is that of the promise that the test holds the service to.
    """
    wanted = max(1, int(count * SCALE))
    return wanted if stated is None else min(wanted, stated)


examples = scaled
