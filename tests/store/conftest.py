"""Which tests of the store there are on this kind of database."""

from tests.support.databases import KIND

_POSTGRESQL = ["test_lost_lines.py", "test_online_migration.py"]

collect_ignore = [] if KIND == "postgresql" else _POSTGRESQL
