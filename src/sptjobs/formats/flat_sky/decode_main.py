"""The program that decodes a map to keep it.

Its arguments are the process that it dies with, and folder and size [byte] of the decoded maps;
the map stands on its standard input, as JSON.
"""

import json
import logging
import os
import sys
from pathlib import Path

from sptjobs.children.bounds import die_with
from sptjobs.formats.damage import damage_named
from sptjobs.formats.decoded_maps import DecodedMaps
from sptjobs.formats.flat_sky.decoded_images import decode
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_NICE = 5


def main() -> int:
    """Decode the map that is ordered; return 1 where that cannot be done."""
    parent, folder, size = sys.argv[1:]
    die_with(int(parent))
    # Stamps that somebody waits for come first.
    os.nice(_NICE)
    order = json.load(sys.stdin)
    record = MapRecord.from_fields(order["record"])
    try:
        with damage_named():
            decode(DecodedMaps(Path(folder), int(size)), Path(order["archive"]), record)
    except MapError as error:
        logging.getLogger(__name__).warning("map %s is not kept decoded: %s", record.map_id, error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
