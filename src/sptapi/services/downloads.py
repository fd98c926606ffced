"""How many large downloads each user has at once in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sptjobs.uws.errors import RateError

MAX_DOWNLOADS = 16
"""Large downloads of one user at once: a browser opens six connections, a script some more."""

LARGE_BYTES = 1 << 20
"""Files from this size on are counted; smaller ones, as pictures are, are sent at once."""

_RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Downloads:
    """The large downloads that go on, by account."""

    running: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_more(self, account_id: str) -> Iterator[None]:
        """Count a download as long as it goes on.

        Raises
        ------
        RateError
            The user has as many as one may have.
        """
        if self.running[account_id] >= MAX_DOWNLOADS:
            message = f"{MAX_DOWNLOADS} downloads of yours are running; wait until one has ended"
            raise RateError(message, retry_after_s=_RETRY_AFTER_S)
        self.running[account_id] += 1
        try:
            yield
        finally:
            self.running[account_id] -= 1
            if not self.running[account_id]:
                del self.running[account_id]
