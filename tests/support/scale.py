"""How much a test does: small counts by default, the long ones in ``make soak``."""

import os


def scaled(count: int) -> int:
    """Multiply a count by ``SPT_TEST_SCALE``, one at least."""
    return max(1, int(count * float(os.environ.get("SPT_TEST_SCALE", "1"))))


examples = scaled
