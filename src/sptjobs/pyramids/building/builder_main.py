"""The program that makes packs of tiles: an order and a response a line.

Its arguments are its parent's process id and the cap on its private memory [byte].
"""

import os
import sys
from pathlib import Path
from typing import Any

from sptjobs.children.bounds import cap_memory, die_with, take_stdout
from sptjobs.children.order_loop import respond_to_orders
from sptjobs.formats.map_content import Plane
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.building.pyramid import build
from sptjobs.pyramids.tile_cache import make_room

_NICENESS = 5
"""The event loop goes first where they share a core."""


def main() -> int:
    """Read orders from standard input until it ends."""
    die_with(int(sys.argv[1]))
    os.nice(_NICENESS)
    responses = take_stdout()
    cap_memory(int(sys.argv[2]))
    respond_to_orders(responses, _response)
    return 0


def _response(order: dict[str, Any]) -> dict[str, object]:
    record, pack = MapRecord.from_fields(order["record"]), Path(order["pack"])
    try:
        build(Path(order["archive"]), record, Plane(order["plane"]), order["row"], pack)
        make_room(pack.parent, order["max_bytes"], pack)
    except MapError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "reading it takes too much memory"}
    except OSError as error:
        return {"reason": f"its tiles cannot be stored: {error.strerror or error}"}
    return {}


if __name__ == "__main__":
    sys.exit(main())
