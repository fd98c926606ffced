"""Stacks and mosaics as a user gets them, of simulated maps."""

import io

import numpy as np
import pytest
from astropy.io import fits

from tests.support.service import Service, grid_of_targets


@pytest.mark.parametrize("product", ["stack", "mosaic"])
def test_each_file_is_the_mean_by_weights_of_the_stamps_that_name_it(
    service: Service, product: str
) -> None:
    job = service.create(
        {
            "positions": [
                row | {"stack": f"z {n % 2}"} for n, row in enumerate(grid_of_targets(9))
            ],
            "bands": ["90GHz", "150GHz"],
            "projection": "TAN",
            "products": ["fits", product],
        }
    )
    document = service.wait_final(job)
    assert document["phase"] == "COMPLETED"
    assert [each["id"] for each in document["results"]] == ["result", "manifest", f"{product}s"]
    files = service.files(job)
    rows = [row for row in service.manifest(job) if row["file"] is not None]
    names = {row[product] for row in rows}
    assert len(names) == (4 if product == "stack" else len({(r["objid"], r["band"]) for r in rows}))
    for name in names:
        total = weight = np.zeros(())
        for row in rows:
            if row[product] == name:
                with fits.open(io.BytesIO(files[row["file"]])) as stamp:
                    s, w = (stamp[each].data.astype("f8") for each in ("SCI", "WGT"))
                w = np.where(np.isfinite(s), w, 0)
                total, weight = total + w * np.nan_to_num(s), weight + w
        with fits.open(io.BytesIO(files[name]), checksum=True) as made:
            seen = weight > 0
            np.testing.assert_allclose(made["WGT"].data, weight, rtol=1e-6)
            mean = made["SCI"].data[seen]
            np.testing.assert_allclose(
                mean, (total / np.where(seen, weight, 1))[seen], rtol=1e-5, atol=1e-5
            )
