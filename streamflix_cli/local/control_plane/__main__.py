"""`python -m streamflix_cli.local.control_plane`: serves until SIGTERM.

Under the supervisor it takes over a listening socket (`--listener FD`). By hand, `--port N` listens there
(0: a free port) and prints the endpoint; `--unmended` serves moto as it is.
"""

import argparse
import logging
import os
import signal

from streamflix_cli.local.control_plane.server import serve
from streamflix_cli.local.lifeline import end_with_supervisor


def main() -> None:
    """Serves the control plane."""
    parser = argparse.ArgumentParser(prog="streamflix_cli.local.control_plane")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--port", type=int)
    source.add_argument("--listener", type=int, help="file descriptor of a listening socket")
    parser.add_argument("--token", help="marks this process in the list of processes")
    parser.add_argument("--unmended", action="store_true")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if arguments.listener is not None:
        end_with_supervisor()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    serve(port=arguments.port or 0, listener=arguments.listener, mended=not arguments.unmended)


if __name__ == "__main__":
    main()
