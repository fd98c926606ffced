"""The program that makes surveys: an order and a response a line.

Its arguments are its parent's process id, the cap on its private memory [byte], the archive
folder, and the authority in the identifiers of its maps.
"""

import sys
from pathlib import Path
from typing import Any

from sptjobs.children.bounds import cap_memory, die_with, take_stdout
from sptjobs.children.order_loop import respond_to_orders
from sptjobs.hips.building.whole_survey import build_tiles, finish_survey
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site


def main() -> int:
    """Read orders from standard input until it ends."""
    parent, memory, folder, authority = sys.argv[1:]
    die_with(int(parent))
    responses = take_stdout()
    archive = Path(folder)
    declare_site(archive, authority)
    cap_memory(int(memory))
    respond_to_orders(responses, lambda order: _response(archive, order))
    return 0


def _response(archive: Path, order: dict[str, Any]) -> dict[str, object]:
    record = MapRecord.from_fields(order["record"] | order["beside"])
    depth, cells, folder = order["order"], order["cells"], Path(order["folder"])
    try:
        if order["is_last"]:
            finish_survey(record, depth, cells, folder)
        else:
            build_tiles(archive, record, depth, cells, folder)
    except MapError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "making its survey takes too much memory"}
    except OSError as error:
        return {"reason": f"its survey cannot be stored: {error.strerror or error}"}
    return {}


if __name__ == "__main__":
    sys.exit(main())
