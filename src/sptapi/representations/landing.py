"""The page at the root."""

from html import escape

from sptapi.representations.html import PICTURE_TEXT, html_page

_ABOUT = (
    "Postage stamps of the maps of the South Pole Telescope's SPT-3G camera. Name positions on the "
    "southern sky; get FITS stamps with a correct WCS, preview pictures, and a manifest that says "
    "what became of each target."
)


def landing_page(base: str, *, can_sign_in: bool) -> str:
    """Write the page at the root; ``base`` is the public address."""
    sign_in = (
        "Sign in with your collaboration account in the web app. "
        f'<a href="{escape(base)}/account">Your account</a> lists your sessions.'
        if can_sign_in
        else "Signing in is switched off here: an operator hands out access tokens."
    )
    rows = "".join(
        f'<tr><td><a href="{escape(base + path)}">{escape(path)}</a></td><td>{text}</td></tr>'
        for path, text in (
            ("/openapi.json", "the API for programs that read descriptions (OpenAPI 3.1)"),
            ("/api/v1/cutout/async", "your cutout jobs (IVOA UWS 1.1)"),
            ("/api/v1/maps", "the maps of the archive"),
            ("/api/v1/account", "who you are here, and what you may use"),
            ("/ready", "whether the service can take jobs"),
        )
    )
    return html_page(
        base,
        "SPT-3G data service",
        f'<figure class="sky"><img src="{escape(base)}/sky.jpg" width="1200" height="630" '
        f'alt="{PICTURE_TEXT}"><figcaption>Five degrees of a simulated map at 150 GHz; who has '
        "signed in sees the survey's own.</figcaption></figure>"
        f'<p class="lead">{escape(_ABOUT)}</p>'
        f'<form class="look" role="search" method="get" action="{escape(base)}/app/cutout/look">'
        '<label class="field">Look at a position, or at a name that tells one<input name="pos" '
        'required maxlength="200" autocomplete="off" spellcheck="false" '
        'placeholder="SPT-CL J0000-5748"></label><button>Look</button></form>'
        '<p class="ways">'
        f'<a class="button quiet" href="{escape(base)}/app/cutout/sky">Explore the sky</a>'
        f'<a class="button quiet" href="{escape(base)}/app/cutout/">Make cutouts</a>'
        f'<a class="button quiet" href="{escape(base)}/docs">Use it from scripts</a></p>'
        f"<p>{sign_in}</p><h2>For programs</h2><table>{rows}</table>",
        about=_ABOUT,
    )
