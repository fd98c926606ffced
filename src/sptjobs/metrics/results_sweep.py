"""What the sweep of the results leaves for an operator to decide."""

from typing import Final

from prometheus_client import Gauge

RESULTS_REFUSED: Final = Gauge(
    "sptjobs_results_refused", "Whether the results folder is not that of this database"
)
PACKS_LEFT: Final = Gauge(
    "sptjobs_packs_left", "Packs that the last sweep did not dare to remove", ["why"]
)

for _why in ("unknown", "too-many"):
    PACKS_LEFT.labels(_why)
