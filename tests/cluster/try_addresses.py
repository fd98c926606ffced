"""Try to reach addresses, or to have names resolved: ``python try_addresses.py HOST:PORT|NAME…``.

It runs in pods, and needs nothing but Python.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def tried(wanted: str) -> str:
    """Say whether it passes."""
    host, _, port = wanted.partition(":")
    try:
        if port:
            socket.create_connection((host, int(port)), timeout=3).close()
        else:
            socket.getaddrinfo(host, None)
    except OSError as error:
        return f"blocked: {error}"
    return "passes"


with ThreadPoolExecutor(16) as pool:
    sys.stdout.write(json.dumps(list(pool.map(tried, sys.argv[1:]))))
