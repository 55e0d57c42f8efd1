"""What the processes of the local cloud beside its control plane have in common.

Each is `python -m streamflix_cli.local.NAME ROOT --endpoint URL --token T`, acts only on what AWS APIs say, ends on
SIGTERM and with its supervisor, and outlives a control plane that does not answer.
"""

import argparse
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.local.lifeline import end_with_supervisor

Client = Any
"""A boto3 client: its methods are made at run time."""

logger = logging.getLogger(__name__)


def parser(name: str) -> argparse.ArgumentParser:
    """The arguments that every part takes."""
    result = argparse.ArgumentParser(prog=f"streamflix_cli.local.{name}")
    result.add_argument("root", type=Path, help="the project folder")
    result.add_argument("--endpoint", required=True, help="URL of the control plane")
    result.add_argument("--token", required=True, help="marks this process in the list of processes")
    result.add_argument("--region", default="us-east-1", help="where it looks for resources")
    return result


def start(at_supervisors_end: Callable[[], None] = lambda: None) -> threading.Event:
    """Sets the process up: its log, its end, no AWS settings of whoever started it.

    Args:
        at_supervisors_end: See `end_with_supervisor`.

    Returns:
        Set on SIGTERM: the process is to end.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # An inherited profile or endpoint of one service would win over what the clients are given.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # Ctrl-C in the terminal is for whoever talks to the local cloud, not for its parts.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_supervisor(at_supervisors_end)
    return stop


def client(service: str, *, endpoint: str, region: str) -> Client:
    """A client of a service of the local cloud. It does not repeat calls: its caller decides."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 (any will do)
        config=Config(
            retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30, proxies={}, max_pool_connections=64
        ),
    )


def repeat(step: Callable[[], None], *, every_seconds: float, stop: threading.Event) -> None:
    """Calls `step` until `stop`, whatever AWS answers; each failure is logged once, not at every call."""
    failure = ""
    while not stop.is_set():
        try:
            step()
            failure = ""
        except (BotoCoreError, ClientError) as error:
            if str(error) != failure:
                failure = str(error)
                logger.warning("%s", failure)
        stop.wait(every_seconds)
