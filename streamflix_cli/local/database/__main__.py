"""`python -m streamflix_cli.local.database ROOT --endpoint URL --token T`: runs until SIGTERM."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from streamflix_cli.local.database.deployed import Account
from streamflix_cli.local.database.registry import Registry
from streamflix_cli.local.database.watcher import Watcher
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.lifeline import end_with_supervisor


def main() -> None:
    """Keeps a PostgreSQL server for each deployed cluster."""
    parser = argparse.ArgumentParser(prog="streamflix_cli.local.database")
    parser.add_argument("root", type=Path)
    parser.add_argument("--endpoint", required=True, help="URL of the control plane")
    parser.add_argument("--token", required=True, help="marks this process in the list of processes")
    parser.add_argument("--region", action="append", help="where clusters are looked for; can be repeated")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    end_with_supervisor()

    def end(*_: object) -> None:
        # Once: the servers are being stopped.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    folder = CloudFolder(arguments.root).path
    account = Account(arguments.endpoint, tuple(arguments.region or ("us-east-1",)))
    Watcher(account, folder=folder / "databases", registry=Registry(folder / "databases.json")).run()


if __name__ == "__main__":
    main()
