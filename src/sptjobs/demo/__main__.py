"""``python -m sptjobs.demo``: the whole service, seen by a VO client, in one go."""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from pyvo.dal import DALServiceError

from sptjobs.demo.checks import CheckError, check_checksums, check_pixels, check_stamp_wcs
from sptjobs.demo.client import Client, JourneyError
from sptjobs.demo.contact_sheet import contact_sheet, deepest
from sptjobs.demo.demo_targets import as_csv, choose_targets
from sptjobs.demo.table import status_table
from sptjobs.stack.running import RunningStack, running_stack
from sptjobs.stack.signing_in import SignInError, signed_in
from sptjobs.stack.supervisor import StackError

_PARAMETERS = {"SIZE": "12", "PRODUCTS": "fits,preview"}
_TIMEOUT_S = 120.0
_USER = "demo"
_FAILURES = (
    StackError,
    SignInError,
    JourneyError,
    CheckError,
    DALServiceError,
    requests.RequestException,
)
_SHOWN_CLUSTERS = 4
_COMPARED_STAMPS = 3


def main() -> int:
    """Run the demonstration; return 0 when everything held."""
    begun = time.monotonic()
    var = Path(os.environ.get("SPT_VAR") or "var") / "demo"
    try:
        _say("Starting the service; the first time it makes simulated maps")
        with running_stack(var.absolute()) as stack:
            _say(f"It is ready at {stack.url} (log: {var / 'stack.log'})")
            _journey(stack, var)
    except _FAILURES as error:
        sys.stderr.write(f"The demonstration failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"Everything is stopped. That took {time.monotonic() - begun:.0f} s")
    return 0


def _journey(stack: RunningStack, var: Path) -> None:
    archive = Path(stack.environment["SPT_ARCHIVE"])
    client = Client.authorised(stack.url, _token(stack))
    targets = choose_targets(archive)
    job = client.create(as_csv(targets), _PARAMETERS)
    _say(f"Created {job.url} for {len(targets)} targets; running it")
    job.run()
    document = client.watch(job, _TIMEOUT_S)
    if document["phase"] != "COMPLETED":
        raise JourneyError(f"The job ended as {document['phase']}: {document}")
    job.wait(timeout=_TIMEOUT_S)  # the progress bar has read another copy of the job
    shutil.rmtree(var / "stamps", ignore_errors=True)
    folder = client.download(job, var / "stamps")
    rows = _rows(client.manifest(job))
    _verify(rows, folder, _map_files(client, archive))
    _say("\n" + status_table(rows, targets) + "\n")
    picture = var / "clusters.png"
    clusters = {target.objid for target in targets if target.kind == "cluster"}
    names = deepest([row for row in rows if row["objid"] in clusters], folder, _SHOWN_CLUSTERS)
    contact_sheet(rows, folder, names, picture)
    _say(f"Stamps: {folder}\nPicture of clusters in the filtered coadds: {picture}")


def _verify(rows: list[dict[str, Any]], folder: Path, maps: Mapping[str, Path]) -> None:
    files = check_checksums(rows, folder)
    _say(f"{files} stamps: sizes and SHA-256 are the manifest's")
    worst = check_stamp_wcs(rows, folder)
    _say(f"{files} stamps: the WCS finds each target, at worst {worst:.1e} pixels off")
    whole = [row for row in rows if row["status"] == "ok"][:_COMPARED_STAMPS]
    pixels = check_pixels(whole, folder, maps)
    _say(f"{len(whole)} stamps: their {pixels} pixels are those of the maps, bit by bit")


def _token(stack: RunningStack) -> str:
    """Sign in with the demo's identity provider, as a browser does, and make a token."""
    visitor = signed_in(stack.url, _USER, stack.password(_USER))
    _say(f"Signed in as {_USER} by {stack.environment['SPT_OIDC_ISSUER']}")
    token = visitor.new_token("make demo")
    _say(f"Made an access token at {stack.url}/account/token/create")
    return token


def _map_files(client: Client, archive: Path) -> dict[str, Path]:
    catalogue = client.document(f"{client.url}/api/v1/maps")
    return {record["id"]: archive / record["file"] for record in catalogue["maps"]}


def _rows(manifest: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = manifest["rows"]
    return rows


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
