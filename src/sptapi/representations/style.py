"""The one style sheet of the server's own pages, and the policy that lets in nothing else."""

import base64
import hashlib
import re
from importlib import resources


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _tokens() -> str:
    """Read the colours and type that the web app has too, for light and for dark screens."""
    text = _read("tokens.css")
    light, dark = re.findall(r"^:root(?:\[[^]]*\])? \{\n(.*?)\n\}", text, re.DOTALL | re.MULTILINE)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


STYLE = _tokens() + _read("pages.css") + _read("reference.css")

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def page_policy(form_targets: str = "'none'") -> str:
    """Write the policy of a page: the style above, our pictures, forms to these targets."""
    return (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action {form_targets}; img-src 'self'; style-src 'sha256-{_STYLE_HASH}'"
    )


CONTENT_SECURITY_POLICY = page_policy()
"""Policy of pages without forms."""
