"""What an SDK sends again, because no answer reached it, is done again: there is a second queue message, or an error.

So it is with AWS in most services, rarely, and those who use them must live with it. On a busy machine it is not rare,
and would fail a deployment that nothing is wrong with. SDKs name each call by an id that repetitions keep.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from streamflix_cli.local.control_plane.patch import Method, wrap

REMEMBERED = 500
"""Answers. An SDK sends again within a minute; Terraform makes a hundred requests in a second at most."""
LARGEST_BYTES = 65_536
"""Of an answer; larger ones are what was read, which can be read again."""


def _remember(serve: Method) -> Method:
    answers: OrderedDict[str, tuple[str, Headers, bytes]] = OrderedDict()
    lock = Lock()

    def serve_once(self: DomainDispatcherApplication, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if call is None or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            answer: Iterable[bytes] = serve(self, environ, start_response)
            return answer
        if (remembered := answers.get(call)) is None:
            parts, status, headers = run_wsgi_app(lambda *request: serve(self, *request), environ, buffered=True)
            remembered = status, headers, b"".join(parts)
            if status.startswith("2") and len(remembered[2]) <= LARGEST_BYTES:
                with lock:
                    answers[call] = remembered
                    if len(answers) > REMEMBERED:
                        answers.popitem(last=False)
        status, headers, body = remembered
        start_response(status, headers.to_wsgi_list())
        return [body]

    return serve_once


def apply() -> None:
    """Answers a repetition as the first was answered."""
    wrap(DomainDispatcherApplication, "__call__", _remember)
