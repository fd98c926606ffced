"""The program of the demo's identity provider: nanoidp with pages that look like this service.

Its own pages load three files from the internet, and are bare without.
"""

import logging
import sys
from pathlib import Path

from flask import Flask
from flask.templating import DispatchingJinjaLoader
from jinja2 import ChoiceLoader, FileSystemLoader
from nanoidp.__main__ import main

PAGES = Path(__file__).with_name("provider_pages")


def _loader(app: Flask) -> ChoiceLoader:
    """Look for a page among ours first."""
    return ChoiceLoader([FileSystemLoader(PAGES), DispatchingJinjaLoader(app)])


if __name__ == "__main__":
    # Its server would log every address, and with one an ID token: that of signing out.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    Flask.create_global_jinja_loader = _loader  # type: ignore[method-assign,assignment]
    sys.exit(main())
