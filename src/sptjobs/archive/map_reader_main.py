"""The program that reads maps for an ingest: an order and a response a line.

Its arguments are its parent's process id, the cap on its private memory [byte], and the
archive folder whose ``collection.toml`` declares bands and kinds, if one does.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sptjobs.archive.scan import read_map
from sptjobs.children.bounds import cap_memory, die_with, take_stdout
from sptjobs.children.freed_memory import give_back_large_blocks
from sptjobs.children.order_loop import respond_to_orders
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site
from sptjobs.maps.statement import Statement


def main(arguments: Sequence[str]) -> int:
    """Read orders from standard input until it ends."""
    parent, memory, *archive = arguments
    die_with(int(parent))
    give_back_large_blocks()
    # What a library prints must not be taken for a response.
    responses = take_stdout()
    if archive:
        declare_site(Path(archive[0]))
    cap_memory(int(memory))
    respond_to_orders(responses, _response)
    return 0


def _response(order: dict[str, Any]) -> dict[str, object]:
    old = order["old"]
    try:
        record = read_map(
            Path(order["file"]),
            order["path"],
            None if old is None else MapRecord.from_fields(old),
            Statement(**order["stated"]),
        )
    except MapError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "reading it takes too much memory"}
    # What records as the catalogue has them leave to columns of its own.
    beside = {"block_sums": record.block_sums, "noise": record.noise, "moc": record.moc}
    return {"record": record.to_fields(), "beside": beside}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
