"""``python -m sptapi`` is ``sptapi serve``."""

import sys

from sptapi.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
