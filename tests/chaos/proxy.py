"""A proxy between the workers and the control plane that knows AWS's protocols and can be told to fail."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import urllib3

from tests.chaos.wire import Answer, failure, service_of

ProxyFault = Literal["throttled", "failed", "answer lost", "reset", "latency"]
"""Refused, failed at before anything was done; done, and the answer lost; broken off; merely slow."""
LATENCY_SECONDS = (0.2, 4.0)
"""From a busy service to one that is slower than the patience within a heartbeat."""
_HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
_CALL = "amz-sdk-invocation-id"
"""By it the local control plane knows a repetition, as AWS does not."""


@dataclass(frozen=True)
class Weather:
    """What happens to requests meanwhile.

    Attributes:
        fault: To those that are hit.
        share: How many of them are, 0 to 1.
    """

    fault: ProxyFault
    share: float


class FaultProxy(ThreadingHTTPServer):
    """Serves from a thread of its own, on loopback.

    Args:
        upstream: URL of the control plane.
        seed: Of the draws; which request draws which number is the machine's choice.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, *, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.pool = urllib3.PoolManager(maxsize=64, retries=False, timeout=urllib3.Timeout(connect=5, read=60))
        self.hits: Counter[str] = Counter()
        """Requests that were hit, as `throttled s3`."""
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._weather: Weather | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serves until the block ends."""
        thread = threading.Thread(target=self.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()
            thread.join()

    @contextmanager
    def weather(self, fault: ProxyFault, *, share: float) -> Iterator[None]:
        """Lets requests fail until the block ends; one kind at a time."""
        self._weather = Weather(fault, share)
        try:
            yield
        finally:
            self._weather = None

    def draw(self, service: str) -> ProxyFault | None:
        """What happens to a request of a service."""
        with self._lock:
            weather = self._weather
            if weather is None or self._random.random() >= weather.share:
                return None
            self.hits[f"{weather.fault} {service}"] += 1
            return weather.fault

    def pause(self) -> float:
        """Seconds that a slow request takes longer."""
        with self._lock:
            return self._random.uniform(*LATENCY_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: clients are killed, and connections broken, on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service = service_of(dict(self.headers))
        fault = self.server.draw(service) if service else None
        match fault:
            case "throttled" | "failed":
                self._send(failure(service, fault))
            case "reset":
                self._reset()
            case "answer lost":
                self._forward(body)
                self._send(failure(service, "failed"))
            case "latency":
                time.sleep(self.server.pause())
                self._send(self._forward(body))
            case None:
                self._send(self._forward(body))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - the standard library's names

    def _forward(self, body: bytes) -> Answer:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {*_HOP_BY_HOP, _CALL}}
        answer = self.server.pool.request(
            self.command,
            self.server.upstream + self.path,
            headers=headers,
            body=body,
            redirect=False,
            decode_content=False,
        )
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        if self.command == "HEAD":
            # It tells of a body that is not sent.
            kept["Content-Length"] = answer.headers.get("Content-Length", "0")
        return Answer(answer.status, kept, answer.data)

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(answer.body)))
        elif "Content-Length" not in answer.headers:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _reset(self) -> None:
        # Closing with a linger of nothing sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""
