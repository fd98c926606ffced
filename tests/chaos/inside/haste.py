"""Less waiting than in production, so that a storm of seconds meets what takes minutes."""

from dataclasses import replace
from pathlib import Path
from typing import Any


def hurry(storm: Path) -> None:
    """Plan parts as small as the storm wants them, and look for orphans often."""
    from sptjobs.control import orphans
    from sptjobs.execution import executor
    from sptjobs.execution.child.orders import PlanOrder

    def small(*arguments: Any) -> PlanOrder:
        return replace(PlanOrder(*arguments), part_cost_s=cost_s())

    def cost_s() -> float:
        return float((storm / "part_cost_s").read_text())

    executor.__dict__["PlanOrder"] = small
    assert orphans._SWEEPS_PAUSE > 2
    orphans._SWEEPS_PAUSE = 2


def hurry_supervisor() -> None:
    """Start at once what dies, however often it died before."""
    from sptjobs.stack import supervisor

    assert supervisor._BACKOFF_S
    supervisor._BACKOFF_S = (0.1,) * 5
