"""A real video goes in, published streams and their record come out: all of it through the deployed `local`."""

import json
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lib.contracts import identity
from lib.contracts.records import ObjectLocation, VideoSubmitted
from streamflix_cli import local
from tests.clips import BIG_BUCK_BUNNY, decoded_frames, make_clip
from tests.e2e.broken import BROKEN, make_broken
from tests.e2e.conftest import Project, new_project

ENV = ("--env", "local")
DECODING_SECONDS = 0.04
"""One frame at 25 a second."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = new_project(tmp_path_factory.mktemp("process"))
    try:
        done = project.streamflix("deploy", *ENV, "--yes", "--json")
        assert done.code == 0, done.err + done.out
        yield project
    finally:
        local.down(project.root)


@pytest.fixture(scope="module")
def outputs(deployed: Project) -> dict[str, Any]:
    state = json.loads((deployed.workspace("local") / "terraform.tfstate").read_text())
    return {name: one["value"] for name, one in state["outputs"].items()}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Big Buck Bunny where it is at hand, else a clip of the same length."""
    path = tmp_path_factory.mktemp("film") / "bigbuckbunny.mp4"
    if BIG_BUCK_BUNNY.exists():
        shutil.copy(BIG_BUCK_BUNNY, path)
    else:
        make_clip(path, size="1280x720", seconds=5.3)
    return path


def ingest(project: Project, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    done = project.streamflix("ingest", *map(str, arguments), *ENV, "--wait", "--json")
    assert done.code == code, done.err + done.out
    answer = json.loads(done.out)
    jobs: list[dict[str, Any]] = answer["data"]["jobs"]
    return jobs


def show(project: Project, job_id: str) -> dict[str, Any]:
    shown = project.streamflix("jobs", "show", job_id, *ENV, "--json")
    assert shown.code == 0, shown.err + shown.out
    job: dict[str, Any] = shown.data
    return job


def fetch(project: Project, prefix: str, folder: Path) -> list[str]:
    """Copies a published title to a folder; returns its files."""
    bucket, _, path = prefix.removeprefix("s3://").partition("/")
    s3 = project.client("s3")
    names = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=path):
        for one in page["Contents"]:
            name = one["Key"].removeprefix(path)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, one["Key"], str(folder / name))
            names.append(name)
    return names


def title(folder: Path, name: str, **fields: Any) -> Path:
    """Writes a content record."""
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"id": name, "titles": {"en": name}, **fields}))
    return path


def test_a_title_is_published_once_by_either_way_in(
    deployed: Project, outputs: dict[str, Any], film: Path, tmp_path: Path
) -> None:
    (job,) = ingest(deployed, film)
    assert job["state"] == "published"

    names = fetch(deployed, job["published"], tmp_path / "title")
    assert {"master.m3u8", "manifest.mpd", "poster.jpg", "thumbnails.vtt", "checksums.json"} <= set(names)
    frames = decoded_frames(tmp_path / "title" / "master.m3u8")
    assert abs(frames / 25 - 5.3) <= DECODING_SECONDS

    record = show(deployed, job["job_id"])
    states = [event["after"]["state"] for event in record["events"] if "state" in (event["after"] or {})]
    reached = list(dict.fromkeys(states))
    assert [one for one in reached if one in {"received", "planning", "encoding", "finishing", "published"}] == [
        "received",
        "planning",
        "encoding",
        "finishing",
        "published",
    ]
    assert all(datetime.fromisoformat(event["at"]) for event in record["events"])
    assert (record["media_info"]["video"]["width"], record["media_info"]["video"]["height"]) == (1280, 720)
    assert {one["height"] for one in record["renditions"] if one["kind"] == "video"} == {720, 360}

    verified = deployed.streamflix("compliance", "verify-audit", *ENV, "--json")
    assert verified.code == 0, verified.out

    # The same file again is the same job, and nothing is encoded again.
    (again,) = ingest(deployed, film)
    assert again == job
    assert show(deployed, job["job_id"])["events"] == record["events"]

    # Another title by the other way in: the very same bytes arrive.
    (streamed,) = ingest(deployed, film, "--metadata", title(tmp_path, "streamed"), "--transport", "stream")
    assert streamed["state"] == "published"
    assert raw_bytes(deployed, outputs, streamed["job_id"]) == raw_bytes(deployed, outputs, job["job_id"])
    assert raw_bytes(deployed, outputs, job["job_id"]) == film.read_bytes()


def raw_bytes(project: Project, outputs: dict[str, Any], job_id: str) -> bytes:
    s3 = project.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=outputs["raw_bucket"])["Contents"]]
    (key,) = [key for key in keys if job_id in key]
    body: bytes = s3.get_object(Bucket=outputs["raw_bucket"], Key=key)["Body"].read()
    return body


def test_ten_at_once_are_all_published_and_the_status_tells_of_them(deployed: Project, tmp_path: Path) -> None:
    folder = tmp_path / "ten"
    folder.mkdir()
    for number in range(10):
        make_clip(folder / f"clip-{number}.mp4", tone=300 + 40 * number, seconds=1 + number / 10)
    submitted = deployed.streamflix("ingest", str(folder), *ENV, "--json")
    assert submitted.code == 0, submitted.err + submitted.out
    jobs = {job["job_id"] for job in json.loads(submitted.out)["data"]["jobs"]}
    assert len(jobs) == 10

    seen_working = False
    deadline = time.monotonic() + 300
    published: set[str] = set()
    while published != jobs and time.monotonic() < deadline:
        status = deployed.streamflix("status", *ENV, "--json")
        assert status.code == 0, status.err + status.out
        data = status.data
        assert {"stream", "queues", "tasks", "jobs", "database", "alarms"} <= set(data)
        seen_working |= data["tasks"]["running"] >= 1 and data["jobs"].get("published", 0) < 10
        listed = deployed.streamflix("jobs", "list", *ENV, "--json", "--limit", "100")
        published = {one["job_id"] for one in listed.data["jobs"] if one["state"] == "published"} & jobs
        time.sleep(1)
    assert published == jobs
    assert seen_working
    assert deployed.streamflix("status", *ENV, "--json").data["jobs"]["published"] >= 10


def test_broken_inputs_are_rejected_for_the_right_reason_and_a_good_one_is_published(
    deployed: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    make_broken(folder)
    make_clip(folder / "good.mp4")
    jobs = ingest(deployed, folder, code=1)
    outcomes = {job["content_id"]: (job["state"], job["code"], job["reason"]) for job in jobs}
    assert len(outcomes) == len(BROKEN) + 1
    assert outcomes.pop("good")[0] == "published"
    by_file = {name.removesuffix(".mp4"): codes for name, (_, codes) in BROKEN.items()}
    assert outcomes.keys() == by_file.keys()
    for content_id, (state, code, reason) in outcomes.items():
        assert state == "rejected", (content_id, state, reason)
        assert code in by_file[content_id], (content_id, code, reason)
        assert len(reason) > 10
    job = next(job for job in jobs if job["content_id"] == "truncated")
    assert any(event["action"] == "job.rejected" for event in show(deployed, job["job_id"])["events"])


def test_a_title_without_rights_is_held_until_it_has_them(deployed: Project, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "licensed.mp4", tone=880)
    record = title(tmp_path, "licensed", territories=["NL", "FR"], rights=[{"territories": ["NL"]}])
    (held,) = ingest(deployed, clip, "--metadata", record, code=1)
    assert (held["state"], held["code"]) == ("held", "RIGHTS_MISSING")
    assert "FR" in held["reason"]
    assert "NL" not in held["reason"]

    title(tmp_path, "licensed", territories=["NL", "FR"], rights=[{"territories": ["NL", "FR"]}])
    (published,) = ingest(deployed, clip, "--metadata", record)
    assert (published["state"], published["job_id"]) == ("published", held["job_id"])


def test_what_a_producer_gets_wrong_is_found_before_or_after_it_is_submitted(
    deployed: Project, outputs: dict[str, Any], tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "wrong.mp4", tone=990)
    unknown = deployed.streamflix("ingest", str(clip), "--metadata", str(title(tmp_path, "wrong", raiting=12)), *ENV)
    assert unknown.code == 2
    assert re.search(r"wrong\.yaml:1:\d+", unknown.err), unknown.err

    s3, kinesis, sqs = (deployed.client(service) for service in ("s3", "kinesis", "sqs"))
    stored = s3.put_object(Bucket=outputs["raw_bucket"], Key="uploads/by-hand/wrong.mp4", Body=clip.read_bytes())
    location = ObjectLocation(
        bucket=outputs["raw_bucket"], key="uploads/by-hand/wrong.mp4", version_id=stored["VersionId"]
    )

    def put(name: str, **changes: Any) -> str:
        fields: dict[str, Any] = {
            "content": {"id": name, "titles": {"en": name}},
            "file_name": "wrong.mp4",
            "size": clip.stat().st_size,
            "sha256": "0" * 64,
            "ladder_version": outputs["ladder_version"],
            "location": location,
            "submitted_at": datetime.now(UTC),
            "submitted_by": "person:0000000000000000",
            **changes,
        }
        job_id = str(identity.job_id(name, fields["sha256"], fields["ladder_version"]))
        data = VideoSubmitted.model_validate({**fields, "job_id": job_id}).to_bytes()
        kinesis.put_record(StreamName=outputs["stream_name"], PartitionKey=f"submit/{job_id}", Data=data)
        return job_id

    checksum = put("wrong-checksum")
    gone = put("gone", location=location.model_copy(update={"key": "uploads/by-hand/gone.mp4", "version_id": None}))
    version = {"type": "video.submitted", "v": 99, "job_id": str(uuid.uuid4())}
    kinesis.put_record(
        StreamName=outputs["stream_name"], PartitionKey="submit/unknown", Data=json.dumps(version).encode()
    )

    assert wait_for_end(deployed, checksum)["code"] == "CHECKSUM_MISMATCH"
    assert wait_for_end(deployed, gone)["code"] == "SOURCE_MISSING"
    (dead,) = sqs.receive_message(
        QueueUrl=outputs["jobs_dead_letter_queue_url"], WaitTimeSeconds=20, MessageAttributeNames=["All"]
    )["Messages"]
    assert json.loads(dead["Body"])["partitionKey"] == "submit/unknown"


def wait_for_end(project: Project, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        shown = project.streamflix("jobs", "show", job_id, *ENV, "--json")
        if shown.code == 0 and shown.data["state"] in {"published", "rejected", "held", "dead"}:
            job: dict[str, Any] = shown.data
            return job
        time.sleep(1)
    raise AssertionError(f"{job_id} did not come to an end")


def test_wiring_that_is_wrong_in_the_stack_fails_here_as_well(deployed: Project, outputs: dict[str, Any]) -> None:
    """A variable that is missing, and a secret's key that does not exist: each stops the task, and is named."""
    without_queue = run_changed(deployed, outputs, lambda container: forget_variable(container, "JOBS_QUEUE_URL"))
    assert without_queue["containers"][0]["exitCode"] == 1
    assert "JOBS_QUEUE_URL" in logged(deployed, outputs, without_queue)

    def misspell(container: dict[str, Any]) -> None:
        container["secrets"][0]["valueFrom"] += ":no-such-key::"

    without_secret = run_changed(deployed, outputs, misspell)
    assert without_secret["stopCode"] == "TaskFailedToStart"
    assert "no-such-key" in without_secret["stoppedReason"]
    assert "exitCode" not in without_secret["containers"][0]


def forget_variable(container: dict[str, Any], name: str) -> None:
    container["environment"] = [one for one in container["environment"] if one["name"] != name]


def run_changed(project: Project, outputs: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Runs the deployed housekeeping task with a changed container to its end."""
    ecs = project.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="housekeep-local")["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    change(container)
    kept = ("taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory")
    changed = ecs.register_task_definition(
        family="broken", containerDefinitions=[container], **{key: definition[key] for key in kept}
    )["taskDefinition"]["taskDefinitionArn"]
    network = {
        "subnets": outputs["task_subnet_ids"].split(","),
        "securityGroups": [outputs["task_security_group_id"]],
    }
    (task,) = ecs.run_task(
        cluster=outputs["cluster_name"],
        taskDefinition=changed,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
    )["tasks"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        (task,) = ecs.describe_tasks(cluster=outputs["cluster_name"], tasks=[task["taskArn"]])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
        time.sleep(0.5)
    raise AssertionError(f"{task['taskArn']} did not end")


def logged(project: Project, outputs: dict[str, Any], task: dict[str, Any]) -> str:
    events = project.client("logs").get_log_events(
        logGroupName=outputs["housekeep_log_group"],
        logStreamName=f"housekeep/housekeep/{task['taskArn'].rpartition('/')[2]}",
    )["events"]
    return "\n".join(event["message"] for event in events)
