"""Each delivery of a submission is a job of its own."""

from dataclasses import replace
from uuid import uuid4

from lib.contracts.messages import Submission
from lib.contracts.states import JobState
from lib.worker.store.submissions import Submissions

submit = Submissions.submit


def submit_anew(self: Submissions, submission: Submission) -> JobState:
    record = submission.record.model_copy(update={"job_id": uuid4()})
    return submit(self, replace(submission, record=record))


Submissions.submit = submit_anew  # type: ignore[method-assign]
