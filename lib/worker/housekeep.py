"""Housekeeping: a task that runs every few minutes and mends what was lost."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from lib.worker import logs
from lib.worker.doorbells import JobsQueue
from lib.worker.evidence import anchor
from lib.worker.intents import remove_unneeded
from lib.worker.metrics import OLDEST_UNLANDED, WEBHOOKS_GIVEN_UP, Metrics
from lib.worker.objects import Objects
from lib.worker.outbox import Outbox
from lib.worker.redelivery import Redelivery
from lib.worker.settings import Settings
from lib.worker.store import NotMigratedError, Store

logger = logging.getLogger(__name__)


class Housekeeping:
    """Everything that one run does. A part that fails leaves the others undisturbed.

    Args:
        settings: Of the environment.
        store: The queue of record.
        jobs: The queue of doorbells.
        outbox: Sends what workers left behind.
        redelivery: Follows up what the pipe gave up.
        objects: Removes what nothing points to.
        metrics: Takes what alarms read.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        jobs: JobsQueue,
        outbox: Outbox,
        redelivery: Redelivery,
        objects: Objects,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._store = store
        self._jobs = jobs
        self._outbox = outbox
        self._redelivery = redelivery
        self._objects = objects
        self._metrics = metrics

    def run(self) -> bool:
        """Returns whether all parts succeeded. Before the first migration there is nothing to do.

        Raises:
            psycopg.OperationalError: The database cannot be reached.
        """
        try:
            self._store.require_schema()
        except NotMigratedError as error:
            logger.info("Nothing to do before the task `migrate` has run: %s", error)
            return True
        # In this order: a reaped task needs a doorbell, and the outbox sends it. What may take minutes comes late.
        parts: list[Callable[[], None]] = [
            self._reap,
            self._ring_again,
            self._send,
            self._measure,
            self._remove,
            self._redeliver,
            self._anchor,
        ]
        succeeded = [self._try(part) for part in parts]
        return all(succeeded)

    def _try(self, part: Callable[[], None]) -> bool:
        try:
            part()
        except Exception:
            logger.exception("Housekeeping failed in %s", part.__name__.strip("_"))
            return False
        return True

    def _reap(self) -> None:
        for reaped in self._store.reap():
            with logs.busy_with(job_id=str(reaped.job_id), task_id=str(reaped.task_id)):
                logger.warning("The worker of a task is lost; the job is %s", reaped.job_state)

    def _ring_again(self) -> None:
        rung = self._store.ring_again(self._jobs.waiting())
        if rung:
            logger.info("%d doorbells were lost and ring again", rung)

    def _send(self) -> None:
        self._outbox.send()
        self._store.forget_sent()

    def _measure(self) -> None:
        oldest = self._store.overview().oldest_unlanded
        if oldest is not None:
            self._metrics.put(OLDEST_UNLANDED, max(0.0, (datetime.now(UTC) - oldest).total_seconds()), "Seconds")
        given_up = self._store.webhooks_given_up()
        if given_up:
            self._metrics.put(WEBHOOKS_GIVEN_UP, given_up, "Count")

    def _remove(self) -> None:
        for prefix in remove_unneeded(self._objects, self._settings.processed_bucket, self._store):
            logger.info("Removed %s", prefix)

    def _redeliver(self) -> None:
        try:
            self._redelivery.run()
        finally:
            self._outbox.send()

    def _anchor(self) -> None:
        # What operators did is sealed by now: every transaction of the store that writes ends with that.
        anchor(self._store, self._objects, self._settings.evidence_bucket)
