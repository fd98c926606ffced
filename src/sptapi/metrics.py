"""What the API server counts for Prometheus.

No label holds a user, a token, an address or an id. Routes are patterns of the table of
routes, and methods and statuses are few.
"""

from typing import Final

from prometheus_client import Counter, Histogram

METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})
SIGN_INS: Final = ("completed", "not-a-member", "refused", "provider-failed")
CHECKS: Final = ("accepted", "refused")

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

REQUESTS: Final = Counter(
    "sptapi_requests",
    "Requests that got a response, 499 where the client went away before",
    ["method", "route", "status"],
)
REQUEST_DURATION: Final = Histogram(
    "sptapi_request_duration_seconds",
    "From a request's head to the end of its response, blocking and streaming included",
    ["method", "route"],
    buckets=_SECONDS,
)
REFUSED_REQUESTS: Final = Counter(
    "sptapi_refused_requests",
    "Requests beyond a limit of rates or of what one user may have",
    ["limit"],
)
LOST_PACKS: Final = Counter(
    "sptapi_lost_packs", "Results that the database names and the disk lost, each counted once"
)
SIGN_IN_OUTCOMES: Final = Counter(
    "sptapi_sign_ins", "Sign-ins that came back from the identity provider", ["outcome"]
)
TOKEN_CHECKS: Final = Counter(
    "sptapi_token_checks", "Access tokens that were presented", ["outcome"]
)

for _outcome in SIGN_INS:
    SIGN_IN_OUTCOMES.labels(_outcome)
for _outcome in CHECKS:
    TOKEN_CHECKS.labels(_outcome)
