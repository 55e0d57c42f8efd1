"""A web server on loopback that passes on one published prefix."""

import secrets
import shutil
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.pipeline.failures import code_of

PAGE, *ASSETS = (Path(__file__).with_name(name) for name in ("page.html", "page.css", "page.js", "hls.min.js"))
TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".mpd": "application/dash+xml",
    ".vtt": "text/vtt",
}
PIECE_BYTES = 256 * 1024
MISSING = {"NoSuchKey", "NoSuchBucket", "404"}


@dataclass(frozen=True)
class Prefix:
    """A published prefix.

    Attributes:
        bucket: Its bucket.
        key: What its keys begin with, with a slash at the end.
    """

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> "Prefix":
        """From `s3://BUCKET/KEY/`."""
        parts = urlsplit(uri)
        return cls(parts.netloc, parts.path.lstrip("/").rstrip("/") + "/")

    def key_of(self, path: str) -> str | None:
        """The key of a file below the prefix; None for a path that leads elsewhere or nowhere."""
        segments = path.split("/")
        return None if {"", ".", ".."} & set(segments) else self.key + path


class PlayerServer(ThreadingHTTPServer):
    """Serves the page and the files of one prefix on a free port of loopback; `serve_forever()` runs it.

    Its address holds a random part, which other users of this machine and other web pages cannot guess.

    Args:
        s3: boto3 client.
        prefix: Whose files.
        title: Heading of the page.
        description: What stands below it.
    """

    def __init__(self, s3: Any, prefix: Prefix, *, title: str, description: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.s3 = s3
        self.prefix = prefix
        self.base = f"/{secrets.token_urlsafe(16)}/"
        page = Template(PAGE.read_text(encoding="utf-8"))
        filled = page.substitute(title=escape(title), description=escape(description))
        self.own = {"": (PAGE.name, filled.encode())} | {file.name: (file.name, file.read_bytes()) for file in ASSETS}

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.server_port}{self.base}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PlayerServer

    def do_GET(self) -> None:
        """Answers with the page, what belongs to it, or a file of the video."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are no news."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if not path.startswith(self.server.base):
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        name = path.removeprefix(self.server.base)
        if name in self.server.own:
            self._own(*self.server.own[name], with_body=with_body)
        elif (key := self.server.prefix.key_of(name)) is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._object(key, with_body=with_body)

    def _own(self, name: str, content: bytes, *, with_body: bool) -> None:
        self.send_response(HTTPStatus.OK)
        self._headers(name, len(content))
        if with_body:
            self.wfile.write(content)

    def _object(self, key: str, *, with_body: bool) -> None:
        wanted = {"Range": self.headers["Range"]} if "Range" in self.headers else {}
        try:
            found = self.server.s3.get_object(Bucket=self.server.prefix.bucket, Key=key, **wanted)
        except ClientError as error:
            if code_of(error) == "InvalidRange":
                self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            else:
                self._refuse(HTTPStatus.NOT_FOUND if code_of(error) in MISSING else HTTPStatus.BAD_GATEWAY)
            return
        except BotoCoreError:
            self._refuse(HTTPStatus.BAD_GATEWAY)
            return
        with found["Body"] as body:
            partial = "ContentRange" in found
            self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
            if partial:
                self.send_header("Content-Range", found["ContentRange"])
            self._headers(key, found["ContentLength"])
            if with_body:
                try:
                    shutil.copyfileobj(body, self.wfile, PIECE_BYTES)
                except (BotoCoreError, OSError):
                    # The player went elsewhere, or S3 broke off: the connection tells it.
                    self.close_connection = True

    def _headers(self, name: str, size: int) -> None:
        self.send_header("Content-Type", TYPES.get(PurePosixPath(name).suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(size))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
