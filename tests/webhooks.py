"""A receiver of webhooks, which checks them with the very code that README.md gives to receivers."""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from streamflix_cli.local.database.certificates import Authority

README = Path(__file__).parents[1] / "README.md"


def documented() -> Callable[[str, dict[str, str], bytes], None]:
    """The function `verify` of the documentation."""
    (code,) = re.findall(r"^```python\n(.*?def verify\(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    verify: Callable[[str, dict[str, str], bytes], None] = namespace["verify"]
    return verify


verify = documented()


@dataclass
class Receiver:
    """An HTTPS server on loopback.

    Attributes:
        url: Of the server; every path is served.
        key: Messages that are not signed with it are answered with 401.
        answer: Called with the handler of each good request; answers it.
        events: Bodies of good requests, in the order in which they came.
        ids: Their headers `webhook-id`.
        refused: How many were not good.
    """

    url: str
    key: str
    answer: Callable[[BaseHTTPRequestHandler], None]
    events: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refused: int = 0


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers with this status."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()

    return answer


@contextmanager
def receiving(authority: Authority, key: str, *, name: str = "localhost") -> Iterator[Receiver]:
    """Runs a receiver with a certificate of this authority."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                verify(receiver.key, {name.lower(): value for name, value in self.headers.items()}, body)
            except ValueError:
                receiver.refused += 1
                status(401)(self)
                return
            receiver.events.append(json.loads(body))
            receiver.ids.append(self.headers["webhook-id"])
            receiver.answer(self)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, private_key = authority.issue(name)
    chain = authority.path.with_name(f"receiver-{server.server_port}.pem")
    chain.write_bytes(certificate + private_key)
    context.load_cert_chain(chain)
    # The handshake is done by the thread of the request: one that never comes holds up no other.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    receiver = Receiver(f"https://localhost:{server.server_port}/hooks/secret", key, status(204))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
