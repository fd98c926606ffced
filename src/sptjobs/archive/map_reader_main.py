"""The program that reads maps for an ingest: an order and a response a line.

Its arguments are the cap on its private memory [byte], and the archive folder whose
``collection.toml`` declares bands and kinds, if one does.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from sptjobs.archive.scan import read_map
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.site import declare_site
from sptjobs.maps.statement import Statement


def main() -> int:
    """Read orders from standard input until it ends."""
    responses = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # What a library prints must not be taken for a response.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    memory = int(sys.argv[1])
    if len(sys.argv) > 2:
        declare_site(Path(sys.argv[2]))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    for line in sys.stdin.buffer:
        order = json.loads(line)
        # Its default action ends the process, whatever it is at.
        signal.alarm(order["alarm_s"])
        print(json.dumps(_response(order)), file=responses, flush=True)
        signal.alarm(0)
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
    return {"record": record.to_fields(), "block_sums": record.block_sums}


if __name__ == "__main__":
    sys.exit(main())
