"""A proxy in front of the control plane that fails some requests as AWS and networks do."""

import json
import random
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["throttled", "unavailable", "reset", "reset after it was done"]
FAULTS: tuple[Fault, ...] = ("throttled", "unavailable", "reset", "reset after it was done")
_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")
"""Headers of one connection (RFC 9110, 7.6.1), and the length, which is set anew."""
_CALL = "amz-sdk-invocation-id"
"""By it the local control plane knows a repetition, as AWS does not."""


@dataclass
class Faults:
    """How many requests fail, and how they did.

    Attributes:
        share: Of all requests, 0 to 1; may be changed at any time.
        seed: Of the choice.
    """

    share: float
    seed: int
    done: list[Fault] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._random, self._lock = random.Random(self.seed), Lock()

    def draw(self) -> Fault | None:
        """The next request's fate."""
        with self._lock:
            if self._random.random() >= self.share:
                return None
            self.done.append(self._random.choice(FAULTS))
            return self.done[-1]


@contextmanager
def failing(endpoint: str, *, share: float, seed: int) -> Iterator[Faults]:
    """Serves the proxy until the block ends."""
    faults = Faults(share, seed)
    upstream = urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = faults.draw()
            if fault == "throttled":
                self._throttle()
            elif fault == "unavailable":
                self._answer(503, {}, b"")
            elif fault == "reset":
                self._reset()
            else:
                connection = HTTPConnection(upstream, timeout=120)
                passed = {name: value for name, value in self.headers.items() if name.lower() != _CALL}
                connection.request(self.command, self.path, body, passed)
                answer = connection.getresponse()
                content, headers = answer.read(), dict(answer.getheaders())
                connection.close()
                if fault is None:
                    self._answer(answer.status, headers, content)
                else:
                    self._reset()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = handle_one  # noqa: N815

        def _throttle(self) -> None:
            if "X-Amz-Target" in self.headers:  # a JSON protocol
                content = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
                self._answer(400, {"Content-Type": "application/x-amz-json-1.1"}, content)
            else:
                error = b"<Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
                self._answer(503, {"Content-Type": "text/xml"}, b"<ErrorResponse>%b</ErrorResponse>" % error)

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            length = headers.get("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _reset(self) -> None:
            # Closed with data unsent and no time to linger, a connection is reset (RFC 9293, 3.10.4).
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: what happens is counted."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
            self.close_request(request)  # without a shutdown, which would end the connection in an orderly way

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that go away are no error here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        faults.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield faults
        finally:
            server.shutdown()
