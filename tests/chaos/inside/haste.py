"""Less waiting than in production, so that a storm of seconds meets what takes minutes."""

import os
from typing import Any


def hurry() -> None:
    """Plan small parts, so that small jobs have many, and look for orphans often."""
    from sptjobs.child import orders
    from sptjobs.engine import orphans

    made: Any = orders.PlanOrder.__init__
    made.__defaults__ = (float(os.environ["CHAOS_PART_COST_S"]), *made.__defaults__[1:])
    assert orphans._SWEEPS_PAUSE > 2
    orphans._SWEEPS_PAUSE = 2


def hurry_supervisor() -> None:
    """Start at once what dies, however often it died before."""
    from sptjobs.stack import supervisor

    assert supervisor._BACKOFF_S
    supervisor._BACKOFF_S = (0.1,) * 5
