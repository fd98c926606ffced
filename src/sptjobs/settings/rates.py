"""Reading ``SPT_RATE_LIMITS``; the defaults stand in settings.py."""

import re

from sptjobs.settings.settings import DEFAULT_RATES, Rate
from sptjobs.settings.variables import Variables

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
