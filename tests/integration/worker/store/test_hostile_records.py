"""What the parser lets through, the database keeps: no accepted message comes again and again."""

import base64
import json

from hypothesis import HealthCheck, given, settings, strategies as st

from lib.contracts.messages import Submission, parse_message
from lib.contracts.records import UndecodableError, VideoSubmitted
from lib.worker.store import Store
from tests.integration.worker.store.jobs import rows
from tests.unit.contracts.hostile import broken, submissions, written

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def kept(store: Store, record: VideoSubmitted) -> None:
    """Does with a record all that reads it again: the claim, the listing, housekeeping, the end of the job."""
    state = store.submit(Submission(record=record, sequence_number="1"))
    if state != "received":  # an earlier example had the same title and file
        return
    (row,) = rows(store, "SELECT * FROM job WHERE job_id = %s", record.job_id)
    assert (row["file_name"], row["submitted_at"], row["submitted_by"]) == (
        record.file_name,
        record.submitted_at,
        record.submitted_by,
    )
    store.overview()
    while claim := store.claim("worker-1"):
        if claim.job_id == record.job_id:
            assert claim.job.content == record.content
            assert claim.job.source == record.location
        store.reject(claim, "NOT_A_VIDEO", "It is none.")


@FUZZ
@given(record=submissions())
def test_every_valid_record_is_kept(store: Store, record: VideoSubmitted) -> None:
    kept(store, record)


@FUZZ
@given(data=st.data())
def test_whatever_is_accepted_is_kept(store: Store, data: st.DataObject) -> None:
    value = data.draw(broken(json.loads(data.draw(submissions()).to_bytes())))
    envelope = {
        "eventSource": "aws:kinesis",
        "sequenceNumber": data.draw(st.integers(0, 10**129 - 1).map(str)),
        "data": base64.b64encode(data.draw(written(value))).decode(),
    }
    try:
        message = parse_message(json.dumps(envelope))
    except UndecodableError:
        return
    assert isinstance(message, Submission)
    kept(store, message.record)
