"""Light curves as a user of the VO gets them, of sources that do not vary."""

import io
from collections import defaultdict

import numpy as np
from astropy.io.votable import parse_single_table
from astropy.table import Table
from pyvo.dal import AsyncTAPJob

from sptjobs.demo.client import Client
from tests.support.service import Service, grid_of_targets


def test_light_curves_of_a_constant_sky_are_flat_within_their_errors(service: Service) -> None:
    job = service.create(
        {
            "positions": grid_of_targets(80),
            "date_start": "2020-01-01",
            "bands": ["150GHz"],
            "products": ["lightcurve"],
        }
    )
    document = service.wait_final(job)
    assert document["phase"] == "COMPLETED"
    vo = Client.authorised(service.stack.url, service.stack.token).session
    results = AsyncTAPJob(job, session=vo).results
    address = next(each.href for each in results if each.id_ == "lightcurve")
    votable = vo.get(address, timeout=60).content
    table = parse_single_table(io.BytesIO(votable)).to_table()
    # Three observations of each of the two fields, which share a few of the targets.
    assert len(table) >= 80 * 3 * 2
    statuses = [row["status"] for row in service.manifest(job) if row["status"] != "outside"]
    assert sorted(statuses) == sorted(table["status"])

    fits = service.get(
        job.replace("/api/v1/cutout/async/", "/files/jobs/") + "/out/lightcurve.fits"
    )
    same = Table.read(io.BytesIO(fits.content), format="fits", hdu=1)
    np.testing.assert_array_equal(same["flux"].filled(0), table["flux"].filled(0))
    assert (str(table["flux"].unit), str(table["flux_err"].unit)) == ("mJy", "mJy")

    for filetype, method in (("passthrough", "fitted"), ("filtered", "interpolated")):
        chosen = table[(table["filetype"] == filetype) & (table["status"] == "ok")]
        assert set(chosen["method"]) == {method}
        curves = defaultdict(list)
        for row in chosen:
            curves[row["objid"], row["band"], row["field"]].append((row["flux"], row["flux_err"]))
        squares, freedom = 0.0, 0
        for curve in curves.values():
            values, errors = np.array(curve).T
            mean = np.average(values, weights=errors**-2)
            squares += float(np.sum(((values - mean) / errors) ** 2))
            freedom += len(values) - 1
        assert freedom > 140
        # Four standard deviations of a chi square of 140 degrees of freedom.
        assert 0.5 < squares / freedom < 1.5, (filetype, squares, freedom)
