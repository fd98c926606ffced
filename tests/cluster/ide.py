"""An IDE that waits for a debugger, in few lines: runs in the API server's development container.

It does what VS Code does for an "attach" with "listen": starts debugpy's adapter, has it listen on
port 9000, and tells when a program has connected.
"""

import json
import socket
import subprocess
import sys
import time

ADAPTER_PORT = 5678
PORT = 9000


def send(stream: socket.socket, number: int, command: str, **arguments: object) -> None:
    request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
    body = json.dumps(request).encode()
    stream.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)


def main() -> None:
    subprocess.Popen([sys.executable, "-m", "debugpy.adapter", "--port", str(ADAPTER_PORT)])
    for _ in range(100):
        try:
            stream = socket.create_connection(("127.0.0.1", ADAPTER_PORT))
            break
        except OSError:
            time.sleep(0.2)
    send(stream, 1, "initialize", adapterID="python", pathFormat="path")
    listen = {"host": "127.0.0.1", "port": PORT}
    send(stream, 2, "attach", listen=listen, justMyCode=False)
    print("listening", flush=True)
    reader = stream.makefile("rb")
    while header := reader.readline():
        if not header.startswith(b"Content-Length"):
            continue
        reader.readline()
        message = json.loads(reader.read(int(header.split(b":")[1])))
        if message.get("event") == "initialized":
            send(stream, 3, "configurationDone")
        if message.get("event") == "process":
            print("debugging", message["body"].get("name"), flush=True)


main()
