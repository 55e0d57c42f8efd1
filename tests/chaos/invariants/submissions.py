"""I1 to I3: what was accepted becomes a job, its key is published once at most, and it ends."""

from collections import Counter
from collections.abc import Iterator

from lib.contracts.states import FINAL_JOB_STATES
from tests.chaos.history import History
from tests.chaos.invariants.violation import Broken

EXPLAINED = {"held", "rejected", "dead"}
"""Ends that must say why."""
EMPTY_AT_REST = ("jobs", "pipe dead letters")
"""Queues in which nothing waits when every job has ended: what still does would be work that nobody does."""


def no_submission_is_lost(history: History) -> Iterator[Broken]:
    """I1: each submission that was acknowledged has a job of that identity, for that title and file."""
    jobs = {job.job_id: job for job in history.jobs}
    for accepted in dict.fromkeys(history.accepted):
        job = jobs.get(accepted.job_id)
        if job is None:
            yield Broken(accepted.job_id, f"the submission of {accepted.content_id} was acknowledged and has no job")
        elif job.key != (accepted.content_id, accepted.sha256, accepted.ladder_version):
            yield Broken(accepted.job_id, f"the job is of {job.content_id}, not of {accepted.content_id}")


def keys_are_published_once(history: History) -> Iterator[Broken]:
    """I2: by the tables, by the audit trail and by the messages about it, none of which may say it twice."""
    published = Counter(job.key for job in history.jobs if job.state == "published")
    told = Counter(event.subject_id for event in history.events if event.action == "job.published")
    announced = Counter(history.announced)
    for key, times in published.items():
        if times > 1:
            yield Broken(key[0], f"{times} jobs of the same title, file and ladder are published")
    for job_id, times in told.items():
        if times > 1:
            yield Broken(job_id, f"the audit trail says {times} times that it was published")
    for job_id, times in announced.items():
        if times > 1:
            yield Broken(job_id, f"video.published was put into the outbox {times} times")
    for job_id in announced.keys() - told.keys():
        yield Broken(job_id, "video.published was put into the outbox and the audit trail knows of no publication")


def every_job_comes_to_an_end(history: History) -> Iterator[Broken]:
    """I3: a final state that the input allows, with code and reason; and nothing is left that waits for a worker."""
    ends = {accepted.job_id: accepted.ends for accepted in history.accepted}
    for job in history.jobs:
        if job.state not in FINAL_JOB_STATES:
            yield Broken(job.job_id, f"it rests as {job.state}")
        elif job.state in EXPLAINED and not (job.reason_code and job.reason):
            yield Broken(job.job_id, f"it is {job.state} without a reason")
        elif job.job_id in ends and job.state not in ends[job.job_id]:
            allowed = " or ".join(sorted(ends[job.job_id]))
            yield Broken(job.job_id, f"it is {job.state} ({job.reason_code}) and should be {allowed}")
    for queue in EMPTY_AT_REST:
        if history.queues.get(queue):
            yield Broken(queue, f"{history.queues[queue]} messages are left in this queue")
