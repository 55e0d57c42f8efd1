"""A file and a server that nobody may touch, and that know when somebody does."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

POLL_SECONDS = 0.02


class Canary:
    """Both, while the block lasts.

    The file is a named pipe: whoever opens it to read waits until it is opened to write, which works only then.

    Attributes:
        folder: Where the file lies.
        path: The file; its name has ten characters.
        url: A file on the server.
        touched: By whom they were touched.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "canary.mkv"
        self.touched: list[str] = []
        touched = self.touched

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                super().setup()
                touched.append("connection")

            def log_message(self, format: str, *args: Any) -> None:
                touched.append(format % args)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/canary.mp4"
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,)),
            threading.Thread(target=self._watch),
        ]

    def __enter__(self) -> Self:
        os.mkfifo(self.path)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        self.path.unlink()

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:  # nobody reads it
                time.sleep(POLL_SECONDS)
            else:
                self.touched.append("file")
