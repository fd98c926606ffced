"""The one style sheet and the one script of the server's own pages, and their policy.

The policy lets in nothing else.
"""

import base64
import hashlib
import re
from importlib import resources


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _tokens() -> str:
    """Read the colours and type that the web app has too, for light and for dark screens.

    What was chosen in the app, which ``SCRIPT`` writes at the root, stands above the system's.
    """
    text = _read("tokens.css")
    light, dark = re.findall(r"^:root(?:\[[^]]*\])? \{\n(.*?)\n\}", text, re.DOTALL | re.MULTILINE)
    chosen = ":root[data-mantine-color-scheme={}]"
    return (
        f":root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not({chosen.format('light')}){{{dark}}}}}"
        f"{chosen.format('dark')}{{{dark}}}\n"
    )


def _source(text: str) -> str:
    """Write what a policy names an element of a page by: its text, letter by letter."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


STYLE = _tokens() + _read("pages.css") + _read("reference.css")

SCRIPT = """(function () {
  var root = document.documentElement;
  function follow() {
    var chosen = null;
    try {
      chosen = localStorage.getItem("spt3g-colour-scheme");
    } catch (e) {
      /* Storage may be forbidden; the system's choice stands. */
    }
    if (chosen !== "light" && chosen !== "dark") root.removeAttribute("data-mantine-color-scheme");
    else root.setAttribute("data-mantine-color-scheme", chosen);
  }
  follow();
  addEventListener("storage", follow);
  addEventListener("pageshow", follow);
})();
"""
"""Sets the colours that were chosen in the web app: before the first paint, and whenever another
tab changes them."""

_SOURCES = f"script-src {_source(SCRIPT)}; style-src {_source(STYLE)}"


def page_policy(form_targets: str = "'none'") -> str:
    """Write the policy of a page: style and script above, our pictures, forms to these targets."""
    return (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action {form_targets}; img-src 'self'; {_SOURCES}"
    )


CONTENT_SECURITY_POLICY = page_policy()
"""Policy of pages without forms."""
