"""moto's server on loopback."""

import logging
import os
import sys

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from streamflix_cli.local.control_plane import mends

HOST = "127.0.0.1"


def serve(*, port: int, listener: int | None, mended: bool) -> None:
    """Serves until the process ends.

    Args:
        port: Where to listen when there is no listener; 0 takes a free port. The endpoint is printed.
        listener: File descriptor of a listening socket to take over.
        mended: Whether the mends are applied.
    """
    # Without them no AWS managed policy can be attached to a role.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    # One line a request, tens of thousands in a deployment.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if mended:
        mends.apply_all()
    # There is no Docker here; without it moto answers an invocation and runs nothing.
    default_user_config["lambda"]["use_docker"] = False
    server = make_server(
        HOST,
        port,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
        fd=listener,
    )
    # Tells moto the address of itself, for the URLs it hands out.
    os.environ["MOTO_PORT"] = str(server.port)
    if listener is None:
        sys.stdout.write(f"http://{HOST}:{server.port}\n")
        sys.stdout.flush()
    server.serve_forever()
