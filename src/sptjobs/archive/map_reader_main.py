"""The program that reads maps for an ingest: an order and a response a line.

Its argument is the cap on its private memory [byte].
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

from sptjobs.archive.scan import read_map
from sptjobs.maps.map_error import MapError


def main() -> int:
    """Read orders from standard input until it ends."""
    responses = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # What a library prints must not be taken for a response.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    for line in sys.stdin.buffer:
        order = json.loads(line)
        # Its default action ends the process, whatever it is at.
        signal.alarm(order["alarm_s"])
        print(json.dumps(_response(Path(order["file"]), order["path"])), file=responses, flush=True)
        signal.alarm(0)
    return 0


def _response(file: Path, path: str) -> dict[str, object]:
    try:
        record = read_map(file, path)
    except MapError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "reading it takes too much memory"}
    return {"record": record.to_fields(), "block_sums": record.block_sums}


if __name__ == "__main__":
    sys.exit(main())
