"""The work of a child that takes orders by lines of JSON and responds to each by one."""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO


def respond_to_orders(
    responses: BinaryIO, respond: Callable[[dict[str, Any]], Mapping[str, object]]
) -> None:
    """Take orders from standard input until it ends.

    Parameters
    ----------
    responses
        Where the responses go.
    respond
        Carries out an order; its ``alarm_s`` is the time [s] after which the process ends.
    """
    for line in sys.stdin.buffer:
        order = json.loads(line)
        # Its default action ends the process, whatever it is at and though nobody watches it.
        signal.alarm(order["alarm_s"])
        responses.write(json.dumps(respond(order)).encode() + b"\n")
        responses.flush()
        signal.alarm(0)
