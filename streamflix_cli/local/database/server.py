"""One PostgreSQL server: made, started, stopped."""

import contextlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from streamflix_cli.local.database.account import HERE, confined, own, write_private

BOOTSTRAP_USER = "rdsadmin"
"""The superuser, as on RDS: internal, and never reached by TCP."""
START_SECONDS = 30.0
"""For recovery after a crash; 0.3 s is usual."""
STOP_SECONDS = 3.0
INIT_SECONDS = 120

SETTINGS = {
    "ssl": "on",
    "password_encryption": "scram-sha-256",
    "unix_socket_directories": ".",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A machine that goes down takes the control plane's memory, and so the cluster, with it. What a process
    # wrote outlives its end without this.
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # A failed statement's text may hold personal data or a password.
    "log_min_error_statement": "panic",
}

logger = logging.getLogger(__name__)


class ServerError(Exception):
    """The server could not be made or started; its own words stand in the log above."""


class Server:
    """A PostgreSQL server and its data.

    Args:
        software: PostgreSQL's own folder, with `bin`.
        data: Its data folder; made by the first start.
        address: Loopback address.
        port: TCP port.
    """

    def __init__(self, software: Path, data: Path, *, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self._software = software
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, certificate: bytes, key: bytes) -> None:
        """Starts it with a certificate, and returns once it answers.

        Raises:
            ServerError: It ended at once, or did not answer in time.
            OSError: Its files cannot be used.
        """
        if not self._data.exists():
            self._make()
        write_private(self._data / "server.crt", certificate)
        write_private(self._data / "server.key", key)
        write_private(self._data / "pg_hba.conf", _host_based_authentication().encode())
        write_private(self._data / "pg_ident.conf", f"part {_user_name()} {BOOTSTRAP_USER}\n".encode())
        settings = {
            **SETTINGS,
            "listen_addresses": self.address,
            "port": str(self.port),
            "log_line_prefix": f"%m {self._data.name} [%p] ",
        }
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            confined(self._software / "bin" / "postgres", "-D", HERE, *arguments),
            cwd=self._data,
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            time.sleep(0.05)
        self.stop()
        raise ServerError(f"PostgreSQL on {self.address}:{self.port} does not start")

    @contextlib.contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """Connects as the superuser, through the socket in the data folder.

        Raises:
            psycopg.OperationalError: It does not answer.
        """
        # The path of a socket is at most 107 bytes long, a project's folder can be longer.
        folder = os.open(self._data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with psycopg.connect(
                host=f"/proc/self/fd/{folder}",
                port=self.port,
                user=BOOTSTRAP_USER,
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            ) as connection:
                yield connection
        finally:
            os.close(folder)

    def stop(self) -> None:
        """Ends it: a fast shutdown, an immediate one if that takes too long."""
        if self._process is None:
            return
        for way in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self._process.send_signal(way)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
                break
        self._process = None

    def remove(self) -> None:
        """Ends it and removes its data."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=True)

    def _make(self) -> None:
        """Made beside its place and renamed into it: an interrupted start leaves nothing that looks complete."""
        building = self._data.with_suffix(".new")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        own(building)
        done = subprocess.run(
            confined(
                self._software / "bin" / "initdb",
                f"--pgdata={HERE}",
                f"--username={BOOTSTRAP_USER}",
                "--encoding=UTF8",
                # Sorts and folds as Aurora's en_US.UTF-8, which this machine may not have.
                "--no-locale",
                "--locale-provider=icu",
                "--icu-locale=en-US",
                "--auth=reject",
                "--no-sync",
            ),
            cwd=building,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INIT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"initdb failed: {done.stderr.strip()[-2000:]}")
        building.rename(self._data)


def _host_based_authentication() -> str:
    """Over TCP only TLS and SCRAM, as with `rds.force_ssl`; the superuser only from the part itself."""
    return f"""\
local   all {BOOTSTRAP_USER}             peer map=part
hostssl all {BOOTSTRAP_USER} 0.0.0.0/0   reject
hostssl all all      127.0.0.0/8 scram-sha-256
"""


def _user_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
