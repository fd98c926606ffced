"""The API server of the synced code, with the debugger of an IDE that listens on port 9000."""

import runpy
import sys

import debugpy  # noqa: T100 - it is what this container is for

PORT = 9000

# The server's children would each look for an IDE of their own, and end where none listens.
debugpy.configure(subProcess=False)
try:
    debugpy.connect(("127.0.0.1", PORT))
except Exception as error:  # noqa: BLE001 - whatever it is, the server is wanted
    print(f"No IDE listens on port {PORT}, so there is no debugger: {error}", file=sys.stderr)
else:
    print(f"The debugger of an IDE is connected through port {PORT}", file=sys.stderr)
sys.argv = ["sptapi"]
runpy.run_module("sptapi", run_name="__main__")
