"""After all storms of a stack: it stops as ever. This file is the last of its folder."""

from sptjobs.stack.running import stop
from tests.chaos.storm import Theatre
from tests.support.processes import all_gone, descendants


def test_the_stack_then_stops_cleanly(theatre: Theatre) -> None:
    supervisor = theatre.site.service.stack.supervisor
    family = descendants(supervisor.pid)
    assert stop(supervisor) == 0
    assert "killing" not in theatre.site.service.log_end()
    assert all_gone(family)
    assert list(theatre.site.temporary.iterdir()) == []
