"""Waiting for a moment: the task table, looked at a hundred times a second."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import DictRow

from lib.contracts.states import TaskKind
from tests.chaos.environment import Environment, Worker

LOOK_SECONDS = 0.01
HELD = "SELECT task_id::text, job_id::text, lease_token, worker FROM task "

Look = Callable[[psycopg.Connection[DictRow]], DictRow | None]


@dataclass(frozen=True)
class Held:
    """A task with who has it, or had it."""

    task_id: str
    job_id: str
    token: int
    worker: Worker


class Moments:
    """Waits for what happens to tasks.

    Args:
        environment: Whose.
        stop: Ends every wait.
    """

    def __init__(self, environment: Environment, stop: threading.Event) -> None:
        self._environment = environment
        self._stop = stop

    def claimed(self, kind: TaskKind, *, seconds: float) -> Held | None:
        """The next claim of a task of this kind; None if there is none within so many seconds."""
        return self._next(
            "WHERE kind = %s AND state = 'leased' AND lease_token > %s ORDER BY lease_token LIMIT 1",
            "SELECT last_value AS start FROM lease_token",
            kind,
            seconds,
        )

    def done(self, kind: TaskKind, *, seconds: float) -> Held | None:
        """The next task of this kind that is done: its worker has yet to ring for the next and delete its message."""
        return self._next(
            "WHERE kind = %s AND state = 'done' AND finished_at > %s ORDER BY finished_at LIMIT 1",
            "SELECT clock_timestamp() AS start",
            kind,
            seconds,
        )

    def reclaimed(self, held: Held, *, seconds: float) -> Held | None:
        """The next claim of the same task by another worker."""
        row = self._wait(
            lambda connection: connection.execute(
                HELD + "WHERE task_id = %s AND state = 'leased' AND lease_token > %s",
                [held.task_id, held.token],
            ).fetchone(),
            seconds,
        )
        return self._held(row)

    def held_by(self, worker: Worker) -> tuple[str, ...]:
        """Jobs of which a worker has a task at present; none while the database does not answer."""
        rows: list[DictRow] = []
        with suppress(psycopg.OperationalError), self._environment.database() as connection:
            rows = connection.execute(
                "SELECT job_id::text FROM task WHERE state = 'leased' AND worker LIKE %s", [f"%:{worker.process.pid}"]
            ).fetchall()
        return tuple(row["job_id"] for row in rows)

    def _next(self, condition: LiteralString, start: LiteralString, kind: TaskKind, seconds: float) -> Held | None:
        begin: list[object] = []

        def look(connection: psycopg.Connection[DictRow]) -> DictRow | None:
            if not begin:
                (row,) = connection.execute(start).fetchall()
                begin.append(row["start"])
            return connection.execute(HELD + condition, [kind, begin[0]]).fetchone()

        return self._held(self._wait(look, seconds))

    def _held(self, row: DictRow | None) -> Held | None:
        worker = self._environment.worker_called(row["worker"]) if row else None
        return Held(row["task_id"], row["job_id"], row["lease_token"], worker) if row and worker else None

    def _wait(self, look: Look, seconds: float) -> DictRow | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stop.is_set():
            with self._surviving(), self._environment.database() as connection:
                while time.monotonic() < deadline:
                    row = look(connection)
                    if row is not None:
                        return row
                    if self._stop.wait(LOOK_SECONDS):
                        break
        return None

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """The server may be restarted meanwhile."""
        try:
            yield
        except psycopg.OperationalError:
            self._stop.wait(20 * LOOK_SECONDS)
