"""Looking at jobs and steering them, through the Data API as the role `operator`."""

import json
import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lib.contracts.content import ContentRecord
from lib.contracts.identity import job_id
from lib.contracts.messages import JobDead, Submission
from lib.contracts.records import ObjectLocation, VideoSubmitted
from lib.contracts.states import JobState
from lib.worker.store import Claim
from tests.integration.pipeline.conftest import LADDER, Environment
from tests.integration.worker.store.jobs import INFO, RENDITION, SHA256


def submitted(environment: Environment) -> Claim:
    """Submits a video of its own title; a worker has its first task."""
    film = environment.root / f"{uuid4().hex}.mp4"
    film.write_bytes(os.urandom(50))
    done = environment.streamflix("ingest", str(film), "--transport", "object")
    assert done.code == 0, done.err
    return environment.receive()


def dead(environment: Environment) -> Claim:
    claim = submitted(environment)
    assert not environment.shared.store.retry_later(claim, "ENCODER_FAILED", "It crashed.")
    return claim


def published(environment: Environment) -> Claim:
    claim, store = submitted(environment), environment.shared.store
    first = claim
    store.complete_plan(claim, INFO, [{"segment": 0}])
    for kind in ("encode", "finish"):
        following = store.claim("worker-1")
        assert following is not None
        assert following.kind == kind
        claim = following
        if kind == "encode":
            store.complete_encode(claim, {"frames": 250})
    bucket = environment.outputs["processed_bucket"]
    prefix = f"s3://{bucket}/titles/{claim.job.content.id}/{claim.job_id}/{claim.token}/"
    store.publish(claim, prefix=prefix, renditions=[RENDITION], checks=[])
    return first


def listed(environment: Environment, *options: str) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = environment.streamflix("jobs", "list", "--json", *options).data["jobs"]
    return jobs


def test_jobs_are_listed_newest_first_by_state_and_title(environment: Environment) -> None:
    first, second = dead(environment), submitted(environment)
    ids = [job["job_id"] for job in listed(environment)]
    assert ids[:2] == [str(second.job_id), str(first.job_id)]
    assert len(listed(environment, "--limit", "1")) == 1
    (only,) = listed(environment, "--content", first.job.content.id)
    assert {name: only[name] for name in ("job_id", "state", "code", "reason", "published")} == {
        "job_id": str(first.job_id),
        "state": "dead",
        "code": "ENCODER_FAILED",
        "reason": "It crashed.",
        "published": None,
    }
    assert str(second.job_id) not in {job["job_id"] for job in listed(environment, "--state", "dead")}


def test_a_job_is_shown_with_what_happened_and_what_came_of_it(environment: Environment) -> None:
    claim = published(environment)
    job = environment.streamflix("jobs", "show", str(claim.job_id), "--json").data
    assert job["state"] == "published"
    assert job["published"].startswith(f"s3://{environment.outputs['processed_bucket']}/titles/{claim.job.content.id}/")
    assert job["media_info"]["video"]["height"] == 720
    assert [one["name"] for one in job["renditions"]] == ["video-720"]
    assert [one["kind"] for one in job["tasks"]] == ["plan", "encode", "finish"]
    told = [one["action"] for one in job["events"]]
    assert [one for one in told if one.startswith("job.")] == [
        f"job.{state}" for state in ("received", "planning", "encoding", "finishing", "published")
    ]
    shown = environment.streamflix("jobs", "show", str(claim.job_id))
    assert shown.code == 0, shown.err
    assert "video-720" in shown.out
    assert [*job["phases"]] == ["received", "planning", "encoding", "finishing"]
    assert all(seconds >= 0 for seconds in job["phases"].values())
    assert "h264, 1280x720, 10.0 s" in shown.out


@pytest.mark.parametrize("command", ["show", "cancel", "retry"])
def test_an_unknown_job_is_an_error_with_a_next_step(environment: Environment, command: str) -> None:
    done = environment.streamflix("jobs", command, str(uuid4()), "--json")
    assert done.code == 1
    assert done.envelope["error"]["code"] == "JOB_UNKNOWN"


def twins(environment: Environment) -> list[str]:
    """Two jobs whose ids begin with the same four characters."""
    by_beginning: dict[str, VideoSubmitted] = {}
    for number in count():
        content_id = f"{environment.name}-{number}"
        record = VideoSubmitted(
            job_id=job_id(content_id, SHA256, LADDER),
            content=ContentRecord(id=content_id, titles={"en": "A"}),
            file_name="film.mp4",
            size=1,
            sha256=SHA256,
            ladder_version=LADDER,
            location=ObjectLocation(bucket="b", key="k"),
            submitted_at=datetime.now(UTC),
            submitted_by="person:0000000000000000",
        )
        twin = by_beginning.setdefault(str(record.job_id)[:4], record)
        if twin is not record:
            for each in (twin, record):
                environment.shared.store.submit(Submission(each, "1"))
            return sorted(str(each.job_id) for each in (twin, record))
    raise AssertionError


def test_the_beginning_of_an_id_is_enough_while_only_one_job_has_it(environment: Environment) -> None:
    first, second = twins(environment)
    several = environment.streamflix("jobs", "cancel", first[:4], "--json")
    assert (several.code, several.envelope["error"]["code"]) == (2, "USAGE")
    assert first in several.envelope["error"]["message"]
    assert second in several.envelope["error"]["message"]
    shown = environment.streamflix("jobs", "show", first[:20].upper(), "--json")
    assert shown.data["job_id"] == first
    assert environment.streamflix("jobs", "cancel", first[:20], "--json").data["jobs"][0]["job_id"] == first


@pytest.mark.parametrize("typed", ["abc", "not-an-id", "%%%%", "5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b111", ""])
def test_what_is_no_id_is_wrong_usage(environment: Environment, typed: str) -> None:
    done = environment.streamflix("jobs", "show", typed, "--json")
    assert (done.code, done.envelope["error"]["code"]) == (2, "USAGE")


def test_a_waiting_job_is_cancelled_under_a_pseudonym_and_can_be_retried(environment: Environment) -> None:
    claim, store = submitted(environment), environment.shared.store
    store.release(claim)
    done = environment.streamflix("jobs", "cancel", str(claim.job_id), "--json")
    assert done.data["jobs"][0]["state"] == "cancelled"
    refused = environment.streamflix("jobs", "cancel", str(claim.job_id), "--json")
    assert refused.envelope["error"]["code"] == "JOB_STATE"
    environment.messages("jobs_queue_url")
    again = environment.streamflix("jobs", "retry", str(claim.job_id), "--json")
    assert again.data["jobs"][0]["state"] == "received"
    assert [json.loads(body)["type"] for body in environment.messages("jobs_queue_url")] == ["task.ready"]
    events = environment.streamflix("jobs", "show", str(claim.job_id), "--json").data["events"]
    by = {one["action"]: one["actor"] for one in events}
    assert by["job.cancelled"].startswith("person:")
    assert by["job.received"] == by["job.cancelled"]


def test_a_job_that_is_worked_on_is_asked_to_end(environment: Environment) -> None:
    claim = submitted(environment)
    environment.streamflix("jobs", "cancel", str(claim.job_id))
    assert environment.shared.store.heartbeat(claim, None)


def test_redriving_empties_the_dead_letter_queue(environment: Environment) -> None:
    claim, running = dead(environment), submitted(environment)
    stopped = submitted(environment)
    environment.shared.store.release(stopped)
    environment.streamflix("jobs", "cancel", str(stopped.job_id))
    sqs, url = environment.client("sqs"), environment.outputs["jobs_dead_letter_queue_url"]
    for job in (claim, running, stopped):
        letter = JobDead(job_id=job.job_id, content_id="x", code="ENCODER_FAILED", reason="It crashed.")
        sqs.send_message(QueueUrl=url, MessageBody=letter.model_dump_json())
    sqs.send_message(QueueUrl=url, MessageBody='{"type": "task.ready", "v": 7}')
    environment.messages("jobs_queue_url")
    done = environment.streamflix("jobs", "redrive", "--json")
    assert done.code == 0, done.out + done.err
    assert [job["job_id"] for job in done.data["jobs"]] == [str(claim.job_id)]
    assert (done.data["returned"], done.data["dropped"]) == (1, 2)
    assert environment.messages("jobs_dead_letter_queue_url") == []
    assert sorted(environment.messages("jobs_queue_url")) == [
        '{"type": "task.ready", "v": 7}',
        '{"type":"task.ready","v":1}',
    ]
    states: dict[str, JobState] = {job["job_id"]: job["state"] for job in listed(environment)}
    assert states[str(claim.job_id)] == "received"
    # What somebody has decided since stands.
    assert states[str(stopped.job_id)] == "cancelled"


def test_an_environment_that_is_not_deployed_is_refused(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / ".streamflix" / "aws" / environment.name / "terraform.tfstate").unlink()
    done = environment.streamflix("jobs", "list", "--json")
    assert done.code == 1
    assert done.envelope["error"]["code"] == "ENVIRONMENT_NOT_DEPLOYED"
    assert f"streamflix deploy --env {environment.name}" in done.envelope["error"]["hint"]


def test_on_a_local_cloud_that_is_down_nothing_is_started_to_find_that_out(environment: Environment) -> None:
    done = environment.streamflix("jobs", "list", "--local", "--json")
    assert done.envelope["error"]["code"] == "ENVIRONMENT_NOT_DEPLOYED"
    assert f"`streamflix deploy --env {environment.name} --local`" in done.envelope["error"]["hint"]
    assert not (environment.root / ".streamflix" / "cloud").exists()
    # A profile that names the local cloud itself needs no option.
    (environment.root / "configs" / f"{environment.name}.yaml").write_text("aws: {endpoint: local}\n")
    done = environment.streamflix("jobs", "list", "--json")
    assert f"`streamflix deploy --env {environment.name}`" in done.envelope["error"]["hint"]
