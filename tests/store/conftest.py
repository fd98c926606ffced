"""Which tests of the store there are on this kind of database."""

from tests.support.databases import KIND

collect_ignore = [] if KIND == "postgresql" else ["test_lost_lines.py", "test_pooler.py"]
