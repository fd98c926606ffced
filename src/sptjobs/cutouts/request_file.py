"""``request.json``: what it takes to make the same files again."""

import json
from collections.abc import Sequence

import sptjobs
from sptjobs.cutouts.stamps.versions import VERSIONS
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest

REQUEST_FILE = "request.json"


def request_file(request: CutoutRequest, snapshot: str, maps: Sequence[MapRecord]) -> bytes:
    """What it takes to make the same files again: request, archive and software."""
    document = {
        "request": json.loads(request.to_json()),
        "request_sha256": request.digest(),
        "snapshot": snapshot,
        "maps": [{"map_id": record.map_id, "sha256": record.sha256} for record in maps],
        "software": {"spt3g-data-service": sptjobs.__version__} | VERSIONS,
    }
    return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"
