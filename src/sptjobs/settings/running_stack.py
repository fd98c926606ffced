"""Settings of a command that an operator types beside a running ``make run``."""

import json
from collections.abc import Mapping
from pathlib import Path


def variables_beside(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the variables, and with ``SPT_VAR`` those of the stack that runs on that folder.

    A stack describes itself in ``stack.json`` while it runs. Nothing of it counts where
    the caller names a database or sets a variable otherwise, itself or by a file.
    """
    own = {name: value for name, value in environ.items() if value}
    if "SPT_VAR" not in own or {"SPT_DATABASE_URL", "SPT_DATABASE_URL_FILE"} & own.keys():
        return own
    try:
        document = json.loads((Path(own["SPT_VAR"]) / "stack.json").read_text("utf-8"))
        described: dict[str, str] = dict(document["settings"])
    except (OSError, ValueError, KeyError, TypeError):
        return own
    plain = {name.removesuffix("_FILE") for name in own}
    return {n: v for n, v in described.items() if n.removesuffix("_FILE") not in plain} | own
