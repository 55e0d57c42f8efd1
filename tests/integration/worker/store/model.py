"""What the store promises, in plain Python. `test_model.py` calls both alike and compares what comes of it.

Time is a clock of the model's own: whole seconds, which pass when a test says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from lib.contracts.errors import FailureCode, HoldCode, ReasonCode, RejectionCode
from lib.contracts.messages import Submission, TaskReady
from lib.contracts.states import (
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    PRIORITIES,
    TASK_TRANSITIONS,
    JobState,
    TaskKind,
    TaskState,
)
from lib.worker.errors import CancelledError, LeaseLostError
from lib.worker.store import Claim, OutboxKind, QueueSettings

AGEING_SECONDS = 600
MAX_DELAY_SECONDS = 900
WEEK_SECONDS = 7 * 24 * 3600
HOUSEKEEPING = "housekeeping"

Subject = tuple[UUID] | tuple[UUID, TaskKind, int | None]
"""A job, or one of its tasks."""
Change = tuple[Subject, str | None, str, str]
"""What, its state before and after, and who did it."""


@dataclass
class Task:
    """Times, and the turns that stand for them where seconds are too coarse, show in what is claimed and reaped."""

    job_id: UUID
    kind: TaskKind
    segment: int | None
    priority: int
    max_attempts: int
    due: int = field(default=0, compare=False)
    due_turn: int = field(default=0, compare=False)
    created_turn: int = field(default=0, compare=False)
    lease_until: int = field(default=0, compare=False)
    state: TaskState = "ready"
    attempts: int = 0
    token: int | None = None
    worker: str | None = None
    progress: float | None = None
    error: str | None = None

    @property
    def subject(self) -> Subject:
        return (self.job_id, self.kind, self.segment)

    def precedes(self, other: "Task") -> bool:
        """Whether it must be claimed first: the rule of ageing, then creation."""
        mine, theirs = (
            (task.due + AGEING_SECONDS * task.priority, task.due_turn, task.created_turn, task.segment or 0)
            for task in (self, other)
        )
        return mine < theirs


@dataclass
class Job:
    job_id: UUID
    content_id: str
    priority: int
    source: str
    sequence: int
    submitted_at: datetime
    state: JobState = "received"
    reason_code: str | None = None
    cancel_requested: bool = False
    published_token: int | None = None
    tasks: list[Task] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        return (self.job_id,)

    def open_tasks(self) -> list[Task]:
        return [task for task in self.tasks if task.state in {"ready", "retry_wait", "leased"}]


@dataclass
class Message:
    kind: OutboxKind
    payload: dict[str, Any]
    due: int = field(default=0, compare=False)
    taken_until: int = field(default=-1, compare=False)
    sent_at: int | None = field(default=None, compare=False)
    attempts: int = 0
    is_sent: bool = False


class Model:
    """Its methods are those of the store and of the operator's functions, and raise what they raise."""

    def __init__(self, settings: QueueSettings) -> None:
        self.settings = settings
        self.now = 0
        self.turn = 0
        self.jobs: dict[UUID, Job] = {}
        self.titles: dict[str, str] = {}
        self.outbox: list[Message] = []
        self.events: list[dict[str, Any]] = []
        self.history: list[Change] = []

    # Submissions and operators

    def submit(self, submission: Submission) -> JobState:
        self.turn += 1
        record, sequence = submission.record, int(submission.sequence_number)
        job = self.jobs.get(record.job_id)
        if job is None:
            job = Job(record.job_id, record.content.id, 0, "", sequence, record.submitted_at)
            self.jobs[job.job_id] = job
            self.history.append((job.subject, None, "received", record.submitted_by))
        else:
            is_newer = sequence > job.sequence and record.submitted_at != job.submitted_at
            if job.state not in FINAL_JOB_STATES or job.state == "published" or not is_newer:
                return job.state
            self._change(job, "received", record.submitted_by)
        job.priority, job.source = PRIORITIES.index(record.priority), record.location.kind
        job.sequence, job.submitted_at = sequence, record.submitted_at
        self.titles[job.content_id] = record.content.titles["en"]
        self._start(job, self.settings.max_attempts, record.submitted_by)
        return "received"

    def operator_cancel(self, job_id: UUID, actor: str) -> str:
        """The job's state, or the code of the refusal."""
        self.turn += 1
        job = self.jobs.get(job_id)
        if job is None:
            return "SF001"
        if job.state in {"published", "rejected", "cancelled"}:
            return "SF002"
        for task in job.open_tasks():
            if task.state != "leased":
                self._change(task, "failed", actor)
        if job.open_tasks():
            job.cancel_requested = True
        else:
            self._change(job, "cancelled", actor)
            self._tell(job)
        return job.state

    def operator_retry(self, job_id: UUID, actor: str) -> str:
        """The job's state, or the code of the refusal."""
        self.turn += 1
        job = self.jobs.get(job_id)
        if job is None:
            return "SF001"
        if job.state not in {"held", "rejected", "dead", "cancelled"}:
            return "SF002"
        self._change(job, "received", actor)
        self._start(job, max(task.max_attempts for task in job.tasks), actor)
        return job.state

    # Leases

    def runnable(self) -> list[Task]:
        waiting = [task for job in self.jobs.values() for task in job.open_tasks() if task.state != "leased"]
        return [task for task in waiting if task.due <= self.now]

    def claim(self, worker: str, given: Claim | None) -> None:
        """Takes the task that the store gave, which must be one that it may give."""
        self.reap()
        runnable = self.runnable()
        if given is None:
            assert not runnable
            return
        (task,) = (each for each in runnable if each.subject == (given.job_id, given.kind, given.segment))
        assert not any(other.precedes(task) for other in runnable)
        assert given.token > max(each.token or 0 for job in self.jobs.values() for each in job.tasks)
        self._change(task, "leased", worker)
        task.attempts += 1
        task.token, task.worker, task.progress = given.token, worker, 0
        task.lease_until = self.now + self.settings.lease_seconds
        job = self.jobs[task.job_id]
        if job.state == "received":
            self._change(job, "planning", worker)
        assert (given.attempt, given.max_attempts) == (task.attempts, task.max_attempts)
        assert (given.job.source.kind, PRIORITIES.index(given.job.priority)) == (job.source, job.priority)
        assert given.job.content.titles["en"] == self.titles[job.content_id]

    def holds(self, claim: Claim) -> bool:
        tasks = self.jobs[claim.job_id].tasks
        return any(task.state == "leased" and task.token == claim.token for task in tasks)

    def heartbeat(self, claim: Claim, progress: float | None) -> bool:
        job, task = self._held(claim)
        task.lease_until = self.now + self.settings.lease_seconds
        task.progress = task.progress if progress is None else progress
        return job.cancel_requested

    def release(self, claim: Claim) -> None:
        job, task = self._held(claim)
        task.attempts -= 1
        self._give_back(task, claim.worker)
        if job.cancel_requested:
            self._end(job, "cancelled", claim.worker)
        else:
            self._ring()

    def retry_later(self, claim: Claim, code: FailureCode, reason: str) -> bool:
        """The wait is the longest that there may be; the test makes it so."""
        job, task = self._held(claim)
        task.error = code
        if job.cancel_requested:
            self._end(job, "cancelled", claim.worker)
            return True
        if task.attempts >= task.max_attempts:
            self._end(job, "dead", claim.worker, code)
            return False
        self._change(task, "retry_wait", claim.worker)
        task.progress = None
        task.due, task.due_turn = self.now + self.longest_wait(task.attempts), self.turn
        self._ring(due=task.due)
        return True

    def longest_wait(self, attempts: int) -> int:
        return int(min(self.settings.backoff_cap_seconds, self.settings.backoff_base_seconds * 2 ** (attempts - 1)))

    def reject(self, claim: Claim, code: RejectionCode, reason: str) -> None:
        job, task = self._held(claim)
        task.error = code
        self._end(job, "rejected", claim.worker, code)

    def cancelled(self, claim: Claim) -> None:
        job, _ = self._held(claim)
        self._end(job, "cancelled", claim.worker)

    def reap(self) -> set[tuple[Subject, JobState]]:
        """The tasks whose leases ran out, and the states of their jobs afterwards."""
        self.turn += 1
        reaped: set[tuple[Subject, JobState]] = set()
        for job in sorted(self.jobs.values(), key=attrgetter("job_id")):
            silent = [task for task in job.open_tasks() if task.state == "leased" and task.lease_until < self.now]
            for task in silent:
                task.error = "LEASE_EXPIRED"
                self._give_back(task, HOUSEKEEPING)
            if silent and job.cancel_requested:
                self._end(job, "cancelled", HOUSEKEEPING)
            elif any(task.attempts >= task.max_attempts for task in silent):
                self._end(job, "dead", HOUSEKEEPING, "LEASE_EXPIRED")
            else:
                for _ in silent:
                    self._ring()
            reaped |= {(task.subject, job.state) for task in silent}
        return reaped

    # Results

    def complete_land(self, claim: Claim, raw: object) -> None:
        job = self._done(claim)
        job.source = "object"
        self._add(job, "plan", claim.worker)

    def complete_plan(self, claim: Claim, info: object, tasks: Sequence[object]) -> None:
        job = self._done(claim)
        self._change(job, "encoding", claim.worker)
        for segment in range(len(tasks)):
            self._add(job, "encode", claim.worker, segment)

    def complete_encode(self, claim: Claim, result: object) -> None:
        job = self._done(claim)
        if not job.open_tasks():
            self._change(job, "finishing", claim.worker)
            self._add(job, "finish", claim.worker)

    def publish(self, claim: Claim, *, prefix: str, renditions: object, checks: object) -> None:
        job = self._done(claim)
        job.published_token = claim.token
        self._end(job, "published", claim.worker, prefix=prefix)

    def hold(self, claim: Claim, code: HoldCode, reason: str, checks: object) -> None:
        job, task = self._held(claim)
        task.error = code
        self._end(job, "held", claim.worker, code)

    # The outbox

    def due_outbox(self, limit: int) -> list[Message]:
        soon = self.now + MAX_DELAY_SECONDS
        due = [each for each in self.outbox if not each.is_sent and each.due <= soon and each.taken_until < self.now]
        for message in due[:limit]:
            message.taken_until = self.now + min(60 * 2 ** min(message.attempts, 6), 3600)
            message.attempts += 1
        return due[:limit]

    def mark_sent(self, messages: Sequence[Message]) -> None:
        for message in messages:
            message.is_sent, message.sent_at = True, self.now

    def forget_sent(self) -> int:
        kept = [each for each in self.outbox if each.sent_at is None or each.sent_at >= self.now - WEEK_SECONDS]
        forgotten = len(self.outbox) - len(kept)
        self.outbox = kept
        return forgotten

    def unsent_doorbells(self) -> list[Message]:
        return [message for message in self.outbox if message.kind == "doorbell" and not message.is_sent]

    def ring_again(self, queued: int) -> int:
        to_be_sent = [each for each in self.unsent_doorbells() if each.taken_until < self.now]
        missing = max(0, len(self.runnable()) - len(to_be_sent) - queued)
        for _ in range(missing):
            self._ring()
        return missing

    # What they have in common

    def _held(self, claim: Claim) -> tuple[Job, Task]:
        self.turn += 1
        job = self.jobs[claim.job_id]
        for task in job.tasks:
            if task.state == "leased" and task.token == claim.token:
                return job, task
        raise LeaseLostError

    def _done(self, claim: Claim) -> Job:
        job, task = self._held(claim)
        if job.cancel_requested:
            raise CancelledError
        self._change(task, "done", claim.worker)
        task.progress, task.error = 1, None
        return job

    def _give_back(self, task: Task, actor: str) -> None:
        self._change(task, "ready", actor)
        task.progress = None

    def _start(self, job: Job, max_attempts: int, actor: str) -> None:
        job.tasks, job.reason_code, job.cancel_requested = [], None, False
        is_streamed = job.source == "stream"
        task = Task(job.job_id, "land" if is_streamed else "plan", None, job.priority, max_attempts)
        if is_streamed:
            task.priority = PRIORITIES.index("urgent")
        self._begin(job, task, actor)

    def _add(self, job: Job, kind: TaskKind, actor: str, segment: int | None = None) -> None:
        self._begin(job, Task(job.job_id, kind, segment, job.priority, job.tasks[0].max_attempts), actor)

    def _begin(self, job: Job, task: Task, actor: str) -> None:
        task.due, task.due_turn, task.created_turn = self.now, self.turn, self.turn
        job.tasks.append(task)
        self.history.append((task.subject, None, "ready", actor))
        self._ring()

    def _end(
        self, job: Job, state: JobState, actor: str, code: ReasonCode | None = None, prefix: str | None = None
    ) -> None:
        for task in job.open_tasks():
            self._change(task, "failed", actor)
        job.reason_code, job.cancel_requested = code, False
        self._change(job, state, actor)
        self._tell(job, prefix)
        if state == "dead":
            letter = {"job_id": str(job.job_id), "content_id": job.content_id, "code": code}
            self._post("dead_letter", {"type": "job.dead", "v": 1, **letter})

    def _change(self, subject: Job | Task, state: Any, actor: str) -> None:
        allowed: Any = JOB_TRANSITIONS if isinstance(subject, Job) else TASK_TRANSITIONS
        assert state in allowed[subject.state]
        self.history.append((subject.subject, subject.state, state, actor))
        subject.state = state

    def _tell(self, job: Job, prefix: str | None = None) -> None:
        """The topic and the webhooks hear how it ended."""
        event: dict[str, Any] = {"type": f"video.{job.state}", "v": 1}
        event |= {"job_id": str(job.job_id), "content_id": job.content_id}
        if prefix is not None:
            event["prefix"] = prefix
        if job.state in {"held", "rejected", "dead"}:
            event["code"] = job.reason_code
        self.events.append(event)
        self._post("event", event)

    def _post(self, kind: OutboxKind, payload: dict[str, Any], due: int | None = None) -> None:
        self.outbox.append(Message(kind, payload, due=self.now if due is None else due))

    def _ring(self, due: int | None = None) -> None:
        self._post("doorbell", TaskReady().model_dump(mode="json"), due)
