"""Webhooks that are still to be delivered."""

from collections.abc import Collection, Sequence

from psycopg.types.json import Jsonb

from lib.worker.store.leases import HOUSEKEEPING
from lib.worker.store.rows import WebhookRow
from lib.worker.store.transactions import Transactions

LONGEST = "24 hours"
"""An attempt that fails later than this after the event is the last."""
BATCH = 100
REMEMBERED = "2 hours"
"""Twice the longest time between two runs of housekeeping (`LONGEST_HOUSEKEEP_MINUTES` of lib/processing.py)."""


class Webhooks(Transactions):
    """Hands out webhooks as the outbox hands out its messages, and each receiver's apart from all others'."""

    def address_webhooks(self, receivers: Collection[str]) -> None:
        """Makes of each event that was posted since one webhook a receiver."""
        with self._database.connection() as connection:
            # One statement: of two senders at once, one finds nothing left to delete.
            connection.execute(
                """
                WITH posted AS (DELETE FROM webhook WHERE receiver IS NULL RETURNING event, created_at)
                INSERT INTO webhook (receiver, event, created_at)
                SELECT receiver, event, created_at FROM posted CROSS JOIN unnest(%s::text[]) AS receiver
                """,
                [list(receivers)],
            )

    def due_webhooks(self, receiver: str) -> list[WebhookRow]:
        """Takes webhooks to send to a receiver, those that were tried least first.

        Those that are neither delivered nor returned nor given up come again after a while. Until a minute after it
        was last tried in vain, or while somebody else sends to it, a receiver has none that are due.
        """
        with self._database.connection() as connection:
            rows = connection.execute(
                """
                WITH due AS (
                    SELECT id FROM webhook
                    WHERE receiver = %(receiver)s
                      AND (tried_at IS NULL OR tried_at < now() - outbox_wait(attempts - 1))
                      AND NOT EXISTS (
                          SELECT FROM webhook AS other
                          WHERE other.receiver = %(receiver)s AND other.tried_at > now() - outbox_wait(0)
                      )
                    ORDER BY attempts, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
                )
                UPDATE webhook SET attempts = attempts + 1, tried_at = clock_timestamp()
                FROM due WHERE webhook.id = due.id
                RETURNING webhook.id, event, attempts, created_at < now() - %(longest)s::interval AS is_last
                """,
                {"receiver": receiver, "limit": BATCH, "longest": LONGEST},
            ).fetchall()
        return sorted((WebhookRow(**row) for row in rows), key=lambda row: (row.attempts, row.id))

    def unaddressed_webhooks(self, receivers: Collection[str]) -> list[WebhookRow]:
        """Webhooks to receivers that are not configured any more, a day after their event.

        No sooner: while a deployment goes on, workers with the earlier configuration still run.
        """
        with self._database.connection() as connection:
            rows = connection.execute(
                """
                SELECT id, event, attempts, true AS is_last FROM webhook
                WHERE receiver <> ALL(%s) AND created_at < now() - %s::interval
                """,
                [list(receivers), LONGEST],
            ).fetchall()
        return [WebhookRow(**row) for row in rows]

    def webhook_delivered(self, webhook: WebhookRow) -> None:
        """It needs no further attempt."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM webhook WHERE id = %s", [webhook.id])

    def return_webhooks(self, ids: Sequence[int]) -> None:
        """These were taken and not tried: they are due at once, and the attempt does not count."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE webhook SET attempts = attempts - 1, tried_at = NULL WHERE id = ANY(%s)", [list(ids)]
            )

    def give_up_webhook(self, webhook: WebhookRow, *, receiver: str, problem: str) -> None:
        """Removes a webhook that is not delivered, and says so in the audit trail, once.

        Args:
            webhook: Which.
            receiver: Whom it does not reach, without what may be secret in an address.
            problem: Why.
        """
        with self._transaction(HOUSEKEEPING) as connection:
            connection.execute(
                """
                WITH lost AS (DELETE FROM webhook WHERE id = %s RETURNING event)
                INSERT INTO audit_event (actor, action, subject_kind, subject_id, job_id, after)
                SELECT %s, 'webhook.given_up', 'webhook', event ->> 'id', (event ->> 'job_id')::uuid, %s FROM lost
                """,
                [webhook.id, HOUSEKEEPING, Jsonb({"receiver": receiver, "problem": problem})],
            )

    def webhooks_given_up(self) -> int:
        """How many were given up in the last two hours, so that at least one run of housekeeping counts each."""
        with self._database.connection() as connection:
            row = connection.execute(
                """
                SELECT count(*) AS n FROM audit_event
                WHERE action = 'webhook.given_up' AND at > now() - %s::interval
                """,
                [REMEMBERED],
            ).fetchone()
        return row["n"] if row else 0
