"""What control workers count about the rows that they purge."""

from typing import Final

from prometheus_client import Counter

TABLES: Final = ("audit", "browser_session", "event", "job", "spent", "token")

PURGED: Final = Counter(
    "sptjobs_purged_rows", "Rows deleted because nobody can need them any more", ["table"]
)

for _table in TABLES:
    PURGED.labels(_table)
