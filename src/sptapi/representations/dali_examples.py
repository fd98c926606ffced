"""Examples of requests for cutouts, as XHTML with RDFa.

References
----------
DALI 1.1, section 2.3 "DALI-examples".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote_plus, urlencode

_CAPABILITIES = {
    "sync": "ivo://ivoa.net/std/SODA#sync-1.0",
    "async": "ivo://ivoa.net/std/SODA#async-1.0",
}


@dataclass(frozen=True, slots=True)
class _Example:
    """An example; it names no map, so that it holds for any archive."""

    key: str
    name: str
    resource: str
    about: str
    parameters: Mapping[str, str]


_EXAMPLES = (
    _Example(
        "all-bands",
        "All bands around a position",
        "sync",
        "The newest filtered coadd of each band, 6 arcmin around a cluster of galaxies, as one "
        "FITS file; EXTVER and BAND tell the bands apart.",
        {"CIRCLE": "0.2499 -57.8066 0.05"},
    ),
    _Example(
        "picture",
        "A picture for TOPCAT",
        "sync",
        "The same as a picture: an address to display an image from, with a table's columns in "
        "place of the numbers.",
        {"POS": "CIRCLE 0.2499 -57.8066 0.1", "RESPONSEFORMAT": "image/png"},
    ),
    _Example(
        "wavelengths",
        "One band by its wavelength",
        "sync",
        "Only the band around 2 mm, without the weights.",
        {"CIRCLE": "0.2499 -57.8066 0.05", "BAND": "0.0019 0.0021", "PLANES": "sci"},
    ),
    _Example(
        "polygon",
        "A polygon, and nothing outside of it",
        "sync",
        "The window around a triangle; pixels outside of it are NaN.",
        {"POLYGON": "0.1 -57.9 0.5 -57.9 0.3 -57.7", "MASK_OUTSIDE": "true"},
    ),
    _Example(
        "observations",
        "Single observations of some nights",
        "async",
        "A job that cuts each observation of three days, and makes a light curve.",
        {
            "CIRCLE": "0.2499 -57.8066 0.05",
            "TIME": "58849 58852",
            "PRODUCTS": "fits,lightcurve",
            "PHASE": "RUN",
        },
    ),
)


def examples_page(base: str) -> str:
    """Write the document.

    Parameters
    ----------
    base
        Address of the service, without a slash at its end.
    """
    examples = "\n".join(_example(base, each) for each in _EXAMPLES)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head><title>Examples of cutout requests</title></head>
<body vocab="http://www.ivoa.net/rdf/examples#">
<h1>Examples of cutout requests</h1>
<p>The service asks for a token: send it as <code>Authorization: Bearer TOKEN</code>, or as the
password of any user name.</p>
{examples}
</body>
</html>
"""


def _example(base: str, example: _Example) -> str:
    address = f"{base}/api/v1/cutout/{example.resource}"
    query = urlencode(example.parameters, quote_via=quote_plus)
    shown = f"{address}?{query}" if example.resource == "sync" else f"POST {address} {query}"
    rows = "\n".join(map(_parameter, example.parameters.items()))
    return f"""<div typeof="example" id="{example.key}" resource="#{example.key}">
<h2 property="name">{escape(example.name)}</h2>
<p>{escape(example.about)}</p>
<p>Service: <span property="capability">{_CAPABILITIES[example.resource]}</span></p>
<dl>
{rows}
</dl>
<pre>{escape(shown)}</pre>
</div>"""


def _parameter(pair: tuple[str, str]) -> str:
    key, value = map(escape, pair)
    return (
        f'<dt property="generic-parameter" typeof="keyval"><span property="key">{key}</span> = '
        f'<span property="value">{value}</span></dt>'
    )
