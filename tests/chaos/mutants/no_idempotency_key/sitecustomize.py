"""Each delivery of a submission is a job of its own."""

from uuid import uuid4

from lib.worker.store.submissions import Submissions

submit = Submissions.submit


def submit_anew(self, submission):
    record = submission.record.model_copy(update={"job_id": uuid4()})
    return submit(self, submission._replace(record=record))


Submissions.submit = submit_anew
