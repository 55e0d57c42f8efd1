"""The worker: takes a message, does a task, and again, until it is told to stop."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from lib.contracts.messages import Submission, parse_message
from lib.contracts.records import UndecodableError
from lib.worker import logs
from lib.worker.doorbells import LONG_POLL_SECONDS, DeadLetters, JobsQueue, Message
from lib.worker.errors import CancelledError, HeldError, LeaseLostError, RejectedError
from lib.worker.failures import as_retry
from lib.worker.heartbeat import Heartbeat
from lib.worker.metrics import UNDECODABLE_MESSAGES, Metrics
from lib.worker.outbox import Outbox
from lib.worker.protection import TaskProtection
from lib.worker.steps import STEPS, Tools, Work
from lib.worker.store import Claim

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 5
"""After a failure that is no task's: the database or the queue cannot be reached."""


class _StopWaiting(BaseException):
    """Raised by the signal handler out of a wait. No `except Exception` on the way may take it for a failure."""


class Consumer:
    """Works on tasks, one at a time. Neither a bad message nor a failing task ends it.

    Args:
        name: Of this worker, in leases and in the audit trail.
        jobs: The queue of doorbells and submissions.
        dead_letters: Takes messages that nobody understands.
        outbox: Sends what the store wants sent.
        metrics: Counts those messages.
        protection: Keeps a scale-in away while there is work.
        tools: What the work is done with.
    """

    def __init__(
        self,
        *,
        name: str,
        jobs: JobsQueue,
        dead_letters: DeadLetters,
        outbox: Outbox,
        metrics: Metrics,
        protection: TaskProtection,
        tools: Tools,
    ) -> None:
        self._name = name
        self._store = tools.store
        self._jobs = jobs
        self._dead_letters = dead_letters
        self._outbox = outbox
        self._metrics = metrics
        self._protection = protection
        self._tools = tools
        self._stopping = False
        self._waiting = False

    def stop(self) -> None:
        """Ends `run` soon: a wait is broken off, a task is interrupted and given back. For signal handlers.

        It takes no lock, because the thread that it interrupts may hold any. A message that arrives in the very
        moment that a wait is broken off shows again after its visibility timeout.
        """
        self._stopping = True
        if self._waiting:
            raise _StopWaiting

    def run(self) -> None:
        """Works until `stop` is called."""
        try:
            self._wait_for_database()
            logger.info("Ready for work")
            worked = False
            while not self._stopping:
                try:
                    # Between tasks it looks for a message, which may be a submission, and does not wait for one.
                    worked = self.turn(wait_seconds=0 if worked else LONG_POLL_SECONDS)
                except Exception as error:
                    logger.exception("Trying again in %d s", PAUSE_SECONDS)
                    self._sleep()
                    if isinstance(error, psycopg.OperationalError):
                        # No message is received in vain meanwhile: SQS counts receives, and would move submissions
                        # to the dead letters in the end.
                        self._wait_for_database()
        except _StopWaiting:
            pass
        logger.info("Stopped")

    def turn(self, *, wait_seconds: int) -> bool:
        """Takes a message and does a task.

        Args:
            wait_seconds: How long to wait for a message. With 0, a task is looked for without a message as well.

        Returns:
            Whether there was a task.
        """
        with self._interruptible():
            message = self._jobs.receive(wait_seconds=wait_seconds)
        if message is None and wait_seconds:
            return False
        if message is not None and not self._understood(message):
            return False
        claim = self._store.claim(self._name)
        if claim is None:
            if message is not None:
                self._jobs.delete(message)
            # What `claim` and `submit` wrote besides: dead letters of jobs whose worker was lost, for instance.
            self._outbox.send()
            self._protection.end()
            self._tools.scratch.drop_source()
            return False
        with logs.busy_with(job_id=str(claim.job_id), task_id=str(claim.task_id)):
            preempted = self._work(claim, message)
        # Whatever becomes of the message: a task that was given back has its doorbell in the outbox.
        self._outbox.send()
        if message is not None and preempted:
            self._jobs.hide(message, 0)
        elif message is not None:
            self._jobs.delete(message)
        return True

    def _understood(self, message: Message) -> bool:
        """Stores a submission; sends what is not understood to the dead letters."""
        try:
            parsed = parse_message(message.body)
        except UndecodableError as error:
            logger.warning("A message is undecodable and goes to the dead-letter queue: %s", error)
            self._dead_letters.send(message.body, reason=str(error))
            self._jobs.delete(message)
            self._metrics.put(UNDECODABLE_MESSAGES, 1, "Count")
            return False
        if isinstance(parsed, Submission):
            state = self._store.submit(parsed)
            with logs.busy_with(job_id=str(parsed.record.job_id)):
                logger.info("Submission of %s: the job is %s", parsed.record.content.id, state)
        return True

    def _work(self, claim: Claim, message: Message | None) -> bool:
        """Does a task and says in the store how it ended. Returns whether it was given back undone."""
        logger.info("Task %s begins, attempt %d of %d", claim.kind, claim.attempt, claim.max_attempts)
        began = time.monotonic()
        heartbeat = Heartbeat(
            renew=partial(self._store.heartbeat, claim),
            keep=partial(self._keep, claim, message),
            stopping=lambda: self._stopping,
            lease_seconds=claim.lease_seconds,
        )
        self._protection.renew()
        try:
            try:
                with heartbeat, self._tools.scratch.task_folder(claim.token) as folder:
                    complete = STEPS[claim.kind](
                        Work(claim, folder, cancel=heartbeat.cancel, report=heartbeat.report, tools=self._tools)
                    )
                complete()
            except CancelledError:
                if heartbeat.interruption == "preempted":
                    self._store.release(claim)
                    return True
                # The store says so too, when a job is to be cancelled between two heartbeats.
                if heartbeat.interruption != "lease lost":
                    self._store.cancelled(claim)
                    logger.info("The job is cancelled")
            except RejectedError as error:
                self._store.reject(claim, error.code, error.reason)
                logger.info("The job is rejected: %s", error)
            except HeldError as error:
                self._store.hold(claim, error.code, error.reason, error.checks)
                logger.info("The job is held: %s", error)
            except LeaseLostError:
                raise
            except Exception as error:  # noqa: BLE001 - it is logged there
                self._failed(claim, error)
            else:
                logger.info("Task %s is done after %.1f s", claim.kind, time.monotonic() - began)
        except LeaseLostError:
            logger.warning("The task is no longer this worker's; what it did is dropped")
        return False

    def _failed(self, claim: Claim, error: Exception) -> None:
        failure = as_retry(error)
        if failure.code == "DISK_FULL":
            # The next task must not find the disk as full as this one did.
            self._tools.scratch.drop_source()
        again = self._store.retry_later(claim, failure.code, failure.reason)
        logger.error(
            "Task %s failed and %s: %s",
            claim.kind,
            "will be tried again" if again else "the job is dead",
            failure,
            exc_info=error,
        )

    def _keep(self, claim: Claim, message: Message | None) -> None:
        """Keeps the message from other workers, and this task from a scale-in."""
        self._protection.renew()
        if message is not None:
            try:
                self._jobs.hide(message, claim.lease_seconds)
            except (BotoCoreError, ClientError) as error:
                # The lease is what counts: whoever receives the message finds the task taken.
                logger.warning("The message could not be kept hidden: %s", error)

    def _wait_for_database(self) -> None:
        while not self._stopping:
            try:
                if self._store.schema_is_ready():
                    return
                logger.info("The database does not answer, or its schema is older than this worker; waiting")
            except Exception as error:  # noqa: BLE001 - the roles do not exist before the first migration
                logger.warning("The database does not answer yet: %s: %s", type(error).__name__, error)
            self._sleep()

    def _sleep(self) -> None:
        with self._interruptible():
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        self._waiting = True
        try:
            # A signal that came just before must not be slept over.
            if self._stopping:
                raise _StopWaiting
            yield
        finally:
            self._waiting = False
