"""How often a user or an address may do what has a limit: ``SPT_RATE_LIMITS`` and its defaults.

Which route comes under which rule stands in ``sptapi/routes.py``.
"""

import re
from dataclasses import dataclass
from typing import Final

from sptjobs.settings.variables import Variables


@dataclass(frozen=True, slots=True)
class Rate:
    """So many tries in so many seconds."""

    count: int
    seconds: int


DEFAULT_RATES: Final = (
    ("login", Rate(20, 60)),
    ("callback", Rate(10, 60)),
    ("backchannel-logout", Rate(300, 60)),
    ("bearer", Rate(30, 60)),
    ("access", Rate(20, 3600)),
    ("token-create", Rate(10, 3600)),
    ("refresh", Rate(60, 3600)),
    ("async", Rate(6000, 60)),
    ("validate", Rate(600, 60)),
    ("sync", Rate(600, 60)),
    ("table", Rate(120, 60)),
    ("share", Rate(60, 60)),
    ("notice", Rate(60, 3600)),
    ("save", Rate(60, 60)),
    ("comment", Rate(60, 3600)),
)

_RATE = re.compile(r"\s*([a-z-]+)\s*=\s*(?:off|([1-9]\d{0,8})/([1-9]\d{0,6}))\s*", re.ASCII)
_FORM = "must be like login=20/60,refresh=off (so often in so many seconds)"


def read_rates(variables: Variables) -> tuple[tuple[str, Rate], ...]:
    """Read ``RULE=COUNT/SECONDS,RULE=off,…``; what is left out keeps its default."""
    rates: dict[str, Rate | None] = dict(DEFAULT_RATES)
    for text in variables.names("SPT_RATE_LIMITS", ()):
        match = _RATE.fullmatch(text)
        if match is None or match[1] not in rates:
            rules = " ".join(name for name, _ in DEFAULT_RATES)
            variables.problems.append(f"SPT_RATE_LIMITS: {_FORM}; rules are {rules}, not {text!r}")
        else:
            rates[match[1]] = Rate(int(match[2]), int(match[3])) if match[2] else None
    return tuple((name, rate) for name, rate in rates.items() if rate is not None)
