"""Coadds, differences and noise as a user gets them, of simulated maps of a constant sky."""

import io
from collections import defaultdict

import numpy as np
from astropy.io import fits
from astropy.table import Table

from tests.support.service import Service, grid_of_targets


def test_coadds_and_differences_are_those_of_the_single_stamps_in_the_same_job(
    service: Service,
) -> None:
    job = service.create(
        {
            "positions": grid_of_targets(9),
            "date_start": "2020-01-01",
            "bands": ["150GHz"],
            "filetype": ["filtered"],
            "products": ["fits", "coadd", "difference"],
            "noise": True,
        }
    )
    document = service.wait_final(job)
    assert document["phase"] == "COMPLETED"
    ids = [each["id"] for each in document["results"]]
    assert ids == ["result", "manifest", "coadds", "differences"]
    out = job.replace("/api/v1/cutout/async/", "/files/jobs/") + "/out/"
    rows = [row for row in service.manifest(job) if row["file"] is not None]
    members = defaultdict(list)
    for row in rows:
        members[row["coadd"]].append(row)
    assert len(members) >= 9
    pulls = []
    for name, its_rows in members.items():
        content = service.get(out + name).content
        inputs = Table.read(io.BytesIO(content), hdu="INPUTS")
        assert list(inputs["map_id"]) == [row["map_id"] for row in its_rows]
        with fits.open(io.BytesIO(content), checksum=True) as coadd:
            mean, sum_ = (coadd[each].data.astype("f8") for each in ("SCI", "WGT"))
        total, weight = np.zeros(mean.shape), np.zeros(mean.shape)
        for row in its_rows:
            with fits.open(io.BytesIO(service.get(out + row["file"]).content)) as stamp:
                w = np.where(np.isfinite(stamp["SCI"].data), stamp["WGT"].data, 0).astype("f8")
                total = total + w * np.nan_to_num(stamp["SCI"].data)
                weight = weight + w
                assert stamp["SCI"].header["STAMPRMS"] == row["rms"] > 0
        seen = weight > 0
        np.testing.assert_allclose(sum_, weight, rtol=1e-6)
        np.testing.assert_allclose(mean[seen], total[seen] / weight[seen], rtol=1e-5, atol=1e-5)
        for row in its_rows:
            if row["difference"] is None:
                continue
            assert row["in_coadd"] is True
            with fits.open(io.BytesIO(service.get(out + row["difference"]).content)) as made:
                known = made["WGT"].data > 0
                pulls.append((made["SCI"].data * np.sqrt(made["WGT"].data))[known])
    # The simulated weights are those of the noise, which the filter has smoothed.
    assert abs(np.concatenate(pulls).std() - 1) < 0.15
