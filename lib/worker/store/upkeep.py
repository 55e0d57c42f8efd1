"""The outbox, and what housekeeping needs to know."""

from collections.abc import Collection, Sequence
from typing import get_args
from uuid import UUID

import psycopg

from lib.worker.audit import head
from lib.worker.database import CONNECT_SECONDS, NotAdmittedError
from lib.worker.migrations import SCHEMA_VERSION
from lib.worker.store.leases import HOUSEKEEPING
from lib.worker.store.rows import Live, OutboxItem, OutboxKind, Overview
from lib.worker.store.transactions import Transactions, ring

MAX_DELAY_SECONDS = 900
"""The longest that SQS delays a message; what is due later stays in the outbox until then."""
STRAGGLER_SECONDS = 600
"""A worker that lost its lease writes on until it learns of it: a lease and some failed heartbeats later."""
SCHEMA_WAIT_SECONDS = 5
"""Short: a worker that waits for migrations may be told to stop."""


class NotMigratedError(Exception):
    """The database has no schema yet, or one that is older than this version's."""


class Upkeep(Transactions):
    """Hands out messages, and shows what is there."""

    def require_schema(self) -> None:
        """Makes sure that the schema is this version's or a newer one.

        Raises:
            NotMigratedError: It is not, or the database does not even know this login, which migrations make.
            psycopg.OperationalError: The database cannot be reached.
        """
        try:
            self._database.require_admission()
            version = self._schema_version()
        except NotAdmittedError as error:
            raise NotMigratedError(str(error)) from error
        if version is None or version < SCHEMA_VERSION:
            raise NotMigratedError(f"the schema is {version or 'not there'}, and {SCHEMA_VERSION} is needed.")

    def schema_is_ready(self) -> bool:
        """Whether the schema is this worker's or a newer one; False as well if it cannot be reached.

        Before the first migration nobody but the owner can log in.
        """
        try:
            version = self._schema_version(wait_seconds=SCHEMA_WAIT_SECONDS)
        except psycopg.OperationalError:
            return False
        return version is not None and version >= SCHEMA_VERSION

    def _schema_version(self, *, wait_seconds: float = CONNECT_SECONDS) -> str | None:
        try:
            with self._database.connection(wait_seconds=wait_seconds) as connection:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return None
        return str(row["version_num"]) if row else None

    def due_outbox(self, limit: int = 100) -> list[OutboxItem]:
        """Takes messages to send, oldest first; those not marked as sent come again after a while.

        Kinds that only a later version knows are left to its workers.
        """
        with self._database.connection() as connection:
            rows = connection.execute(
                """
                WITH due AS (
                    SELECT id FROM outbox
                    WHERE sent_at IS NULL AND kind = ANY(%(kinds)s)
                      AND run_after <= now() + make_interval(secs => %(delay)s)
                      AND (taken_until IS NULL OR taken_until < now())
                    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
                )
                UPDATE outbox
                SET attempts = attempts + 1,
                    taken_until = clock_timestamp() + outbox_wait(attempts)
                FROM due WHERE outbox.id = due.id
                RETURNING outbox.id, kind, payload, attempts,
                          greatest(0, ceil(extract(epoch FROM run_after - clock_timestamp())))::integer AS delay_seconds
                """,
                {"kinds": list(get_args(OutboxKind)), "delay": MAX_DELAY_SECONDS, "limit": limit},
            ).fetchall()
        return sorted((OutboxItem(**row) for row in rows), key=lambda item: item.id)

    def mark_sent(self, ids: Sequence[int]) -> None:
        """These messages are sent."""
        with self._database.connection() as connection:
            connection.execute("UPDATE outbox SET sent_at = now() WHERE id = ANY(%s)", [list(ids)])

    def forget_sent(self) -> int:
        """Removes messages from the outbox that were sent over a week ago; returns how many."""
        with self._database.connection() as connection:
            return connection.execute("DELETE FROM outbox WHERE sent_at < now() - interval '7 days'").rowcount

    def ring_again(self, queued: int) -> int:
        """Writes doorbells for waiting tasks that have none any more.

        One that a sender has taken does not count: the sender may be dead. One too many does no harm.

        Args:
            queued: Messages in the jobs queue, delayed ones included, those in flight not: they belong to workers.

        Returns:
            How many were written.
        """
        with self._transaction(HOUSEKEEPING) as connection:
            row = connection.execute(
                """
                SELECT (SELECT count(*) FROM task WHERE state IN ('ready', 'retry_wait') AND run_after <= now())
                     - (SELECT count(*) FROM outbox WHERE kind = 'doorbell' AND sent_at IS NULL
                        AND (taken_until IS NULL OR taken_until < now())) AS missing
                """
            ).fetchone()
            missing = max(0, (row["missing"] if row else 0) - queued)
            ring(connection, times=missing)
            return missing

    def overview(self) -> Overview:
        """The queue at a glance."""
        with self._database.connection() as connection:
            jobs = connection.execute("SELECT state, count(*) AS n FROM job GROUP BY state").fetchall()
            tasks = connection.execute("SELECT state, count(*) AS n FROM task GROUP BY state").fetchall()
            row = connection.execute(
                """
                SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
                       (SELECT min(submitted_at) FROM job WHERE source ->> 'kind' = 'stream'
                        AND state IN ('received', 'planning')) AS oldest_unlanded,
                       count(*) AS waiting,
                       extract(epoch FROM now() - min(run_after))::float AS oldest_waiting_seconds
                FROM task WHERE state IN ('ready', 'retry_wait') AND run_after <= now()
                """
            ).fetchone()
        return Overview(
            jobs={each["state"]: each["n"] for each in jobs},
            tasks={each["state"]: each["n"] for each in tasks},
            **(row or {}),
        )

    def live(self, jobs: Collection[UUID]) -> Live:
        """What storage must keep of these jobs; those that ended just now count as unfinished."""
        with self._database.connection() as connection:
            rows = connection.execute(
                """
                SELECT job_id, published_prefix,
                       finished_at IS NULL OR finished_at > now() - make_interval(secs => %s) AS is_unfinished
                FROM job WHERE job_id = ANY(%s)
                """,
                [self._settings.lease_seconds + STRAGGLER_SECONDS, list(jobs)],
            ).fetchall()
        return Live(
            published=frozenset(row["published_prefix"] for row in rows if row["published_prefix"]),
            unfinished=frozenset(row["job_id"] for row in rows if row["is_unfinished"]),
        )

    def audit_head(self) -> tuple[int, str] | None:
        """Position and hash of the audit trail's last seal; None without any."""
        with self._database.connection() as connection:
            last = head(connection)
        return (last.position, last.hash) if last else None
