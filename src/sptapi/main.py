"""``python3 main.py`` in this folder is ``sptapi serve``."""

import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def _start() -> int:
    # Python looks in a program's own folder first, whose http would hide its standard library's.
    others = [place for place in sys.path if Path(place).resolve() != _FOLDER]
    sys.path[:] = [str(_FOLDER.parent), *others]
    try:
        from sptapi.cli import main  # noqa: PLC0415 - found by the line above
        from sptapi.server import serve  # noqa: F401, PLC0415 - what it needs is installed
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error}: run `make setup` at the top of the repository, "
            "then here ../../.venv/bin/python main.py"
        )
    return main(["serve", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(_start())
