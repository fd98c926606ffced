"""What a request may say, as the service serves it to clients that offer choices."""

import pytest

from tests.api.conftest import Api

pytestmark = pytest.mark.any_database

ADDRESS = "/api/v1/cutout/vocabulary"
VALIDATE = "/api/v1/cutout/validate"
TARGET = {"RA": "0.2499", "DEC": "-57.8066", "DATE_START": "2020-01-01"}


async def wrong_fields(api: Api, **fields: str) -> set[str]:
    """Names of the parameters that the service finds wrong."""
    report = await (await api.post(VALIDATE, TARGET | fields)).json()
    return {problem["field"] for problem in report["problems"]}


async def test_every_value_that_is_offered_is_taken(api: Api) -> None:
    offered = await api.document(ADDRESS)
    names = {
        kind: [each["name"] for each in offered[kind]]
        for kind in ("bands", "filetypes", "products", "orders")
    }
    names["bands"] += [alias for each in offered["bands"] for alias in each["aliases"]]
    parameters = {"bands": "BANDS", "filetypes": "FILETYPE", "products": "PRODUCTS"}
    for kind, parameter in parameters.items():
        for name in names[kind]:
            # Stacks are of north-up stamps only; all else is made of these, too.
            given = {parameter: name, "PROJECTION": "TAN"}
            assert await wrong_fields(api, **given) == set(), name
    assert await wrong_fields(api, BANDS=",".join(names["bands"])) == set()
    for order in offered["orders"]:
        coarse = str(2 * offered["map_pixel_scale"])
        wrong = await wrong_fields(api, PROJECTION="TAN", ORDER=order["name"], PIXEL_SCALE=coarse)
        assert (wrong == set()) is order["antialiased"], order
    assert offered["projections"] == ["native", "TAN"]


@pytest.mark.parametrize(
    ("limit", "parameter", "factor"),
    [
        ("size_min", "SIZE", 0.99),
        ("size_max", "SIZE", 1.01),
        ("pixel_scale_min", "PIXEL_SCALE", 0.99),
        ("pixel_scale_max", "PIXEL_SCALE", 1.01),
    ],
)
async def test_a_value_at_a_limit_is_taken_and_one_beyond_is_refused(
    api: Api, limit: str, parameter: str, factor: float
) -> None:
    bound = (await api.document(ADDRESS))["limits"][limit]
    beside = {"PROJECTION": "TAN", "ORDER": "exact"} if parameter == "PIXEL_SCALE" else {}
    assert await wrong_fields(api, **beside, **{parameter: str(bound)}) == set()
    assert await wrong_fields(api, **beside, **{parameter: str(bound * factor)}) == {parameter}


async def test_the_defaults_are_among_what_is_offered(api: Api) -> None:
    offered = await api.document(ADDRESS)
    defaults = offered["defaults"]
    for kind in ("bands", "filetypes", "products"):
        assert set(defaults[kind]) <= {each["name"] for each in offered[kind]}
    assert set(defaults["newest_filetypes"]) <= set(defaults["filetypes"])
    assert defaults["order"] in {each["name"] for each in offered["orders"]}
    assert defaults["projection"] in offered["projections"]


async def test_the_vocabulary_is_not_sent_again_while_it_is_the_same(api: Api) -> None:
    etag = (await api.get(ADDRESS)).headers["ETag"]
    again = await api.get(ADDRESS, headers={"If-None-Match": etag})
    assert (again.status, await again.read()) == (304, b"")
