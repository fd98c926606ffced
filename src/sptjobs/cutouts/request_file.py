"""``request.json``: what it takes to make the same files again."""

import json
from collections.abc import Iterator, Sequence

import sptjobs
from sptjobs.cutouts.stamps.versions import VERSIONS
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest

REQUEST_FILE = "request.json"


_READABLE = json.JSONEncoder(sort_keys=True, indent=1, default=str)
_NO_TARGETS = '"targets": []'


def request_file(
    request: CutoutRequest, snapshot: str, maps: Sequence[MapRecord]
) -> Iterator[bytes]:
    """What it takes to make the same files again: request, archive and software."""
    about, targets = request.documents()
    document = {
        "request": about | {"targets": []},
        "request_sha256": request.digest(),
        "snapshot": snapshot,
        "maps": [{"map_id": record.map_id, "sha256": record.sha256} for record in maps],
        "software": {"spt3g-data-service": sptjobs.__version__} | VERSIONS,
    }
    begin, end = _READABLE.encode(document).split(_NO_TARGETS)
    yield begin.encode() + b'"targets": ['
    lead = ""
    for target in targets:
        # As deep as it stands: below the request, in the list of its targets.
        yield (lead + "\n" + _READABLE.encode(target)).replace("\n", "\n   ").encode()
        lead = ","
    yield b"\n  ]" + end.encode() + b"\n"
