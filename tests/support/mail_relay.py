"""A mail relay on loopback that keeps what it is handed."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Relay:
    """What was handed in; ``refuses`` whom the relay takes nothing for."""

    port: int = 0
    refuses: str = ""
    mails: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def mail_relay() -> Iterator[Relay]:
    """Run a relay that speaks as much of SMTP (RFC 5321) as a client needs."""
    relay = Relay()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 relay of the test")
            recipient = ""
            for line in iter(self.rfile.readline, b""):
                verb = line[:4].upper()
                if verb == b"QUIT":
                    self.say("221 bye")
                    return
                if verb == b"RCPT":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                    is_taken = recipient != relay.refuses
                    self.say("250 yes" if is_taken else "550 no such user")
                elif verb == b"DATA":
                    self.say("354 go on")
                    content = b"".join(iter(self.rfile.readline, b".\r\n"))
                    relay.mails.append((recipient, content.decode()))
                    self.say("250 taken")
                else:
                    self.say("250 yes")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield relay
        server.shutdown()
        thread.join()
