"""Take connections on every port given: ``python answer_everything.py PORT…``.

It runs in pods, and needs nothing but Python.
"""

import socketserver
import sys
import threading

for port in sys.argv[1:]:
    server = socketserver.ThreadingTCPServer(("", int(port)), socketserver.BaseRequestHandler)
    threading.Thread(target=server.serve_forever).start()
