"""From nothing to deployed, changed and destroyed, through cdktf, Terraform and the AWS provider."""

import json
from typing import Any

import boto3

from tests.integration.deploy.conftest import ACCOUNT, PROFILE, REGION, Clients, Project, existing

MARKER = "<!-- streamflix-plan:tlife -->"


def test_an_environment_lives_from_its_first_deploy_to_the_proof_that_nothing_is_left(
    project: Project, aws: Clients
) -> None:
    planned = project.streamflix("plan", "--env", "tlife", "--json", "--detailed-exitcode", "--out-markdown", "plan.md")
    assert planned.code == 2, planned.err
    assert (planned.data["create"], planned.data["update"], planned.data["replace"], planned.data["delete"]) == (
        4,
        0,
        0,
        0,
    )
    assert {change["address"]: change["action"] for change in planned.data["changes"]} == {
        "aws_kinesis_stream.stream": "create",
        "aws_s3_bucket.raw": "create",
        "aws_sns_topic.events": "create",
        "aws_sqs_queue.jobs": "create",
    }
    comment = (project.root / "plan.md").read_text()
    assert comment.startswith(MARKER)
    assert "| create | `aws_sqs_queue.jobs` | `video-jobs-queue-tlife` |" in comment
    assert existing(aws, "tlife") == set()

    deployed = project.streamflix("deploy", "--env", "tlife", "--yes", "--json")
    assert deployed.code == 0, deployed.err
    assert deployed.data["resources"] == 4
    assert deployed.data["outputs"]["jobs_queue_url"].endswith("/video-jobs-queue-tlife")
    assert existing(aws, "tlife") == project.known("tlife")

    again = project.streamflix("plan", "--env", "tlife", "--json", "--detailed-exitcode")
    assert again.code == 0, again.out
    assert again.data["changes"] == []
    unchanged = project.streamflix("deploy", "--env", "tlife", "--json")  # without --yes: there is nothing to agree to
    assert unchanged.code == 0, unchanged.err
    assert unchanged.data["changed"] == 0

    project.profile("t", PROFILE.replace("lease_seconds: 60", "lease_seconds: 90"))
    (change,) = project.streamflix("plan", "--env", "tlife", "--json").data["changes"]
    assert (change["address"], change["action"]) == ("aws_sqs_queue.jobs", "update")
    assert change["attributes"] == ["visibility_timeout_seconds"]
    assert project.streamflix("deploy", "--env", "tlife", "--yes", "--json").data["changed"] == 1
    url = deployed.data["outputs"]["jobs_queue_url"]
    attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "90"

    destroyed = project.streamflix("destroy", "--env", "tlife", "--yes", "--json")
    assert destroyed.code == 0, destroyed.err
    assert destroyed.data["destroyed"] == 4
    assert destroyed.data["leftovers"] == []
    assert existing(aws, "tlife") == set()
    assert json.loads((project.workspace("tlife") / "terraform.tfstate").read_text())["resources"] == []
    assert len(list((project.workspace("tlife") / "logs").glob("*.log"))) == 9


def test_two_environments_deploy_and_destroy_at_once(project: Project, aws: Clients) -> None:
    for command, left in (("deploy", 4), ("destroy", 0)):
        both = [project.start(command, "--env", suffix, "--yes", "--json") for suffix in ("tone", "ttwo")]
        for finished in [running.finish() for running in both]:
            assert finished.code == 0, finished.err
        assert len(existing(aws, "tone")) == len(existing(aws, "ttwo")) == left


def somebody_elses_s3(aws: Clients) -> Any:
    """A client in another account, where names of buckets are taken as well."""
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::999999999999:role/theirs", RoleSessionName="theirs")
    keys = role["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)
    client: Any = session.client("s3", endpoint_url=aws("sts").meta.endpoint_url)
    return client


def test_the_errors_of_a_failed_deploy_are_repeated_whole_with_a_hint(project: Project, aws: Clients) -> None:
    somebody_elses_s3(aws).create_bucket(Bucket=f"raw-bucket-tfail-{ACCOUNT}")
    failed = project.streamflix("deploy", "--env", "tfail", "--yes", "--json")
    assert failed.code == 1
    assert failed.error["code"] == "DEPLOY_FAILED"
    assert "with aws_s3_bucket.raw" in failed.error["message"]
    assert "names of buckets are global" in failed.error["hint"]
    log = failed.error["message"].rpartition("The whole log: ")[2]
    assert log.endswith("-deploy.log")

    destroyed = project.streamflix("destroy", "--env", "tfail", "--yes", "--json")
    assert destroyed.code == 0, destroyed.err


def test_what_the_state_does_not_know_is_left_by_a_destroy_and_deleted_by_a_sweep(
    project: Project, aws: Clients
) -> None:
    aws("sqs").create_queue(QueueName="video-jobs-queue-tleft")
    left = project.streamflix("destroy", "--env", "tleft", "--yes", "--json")
    assert left.code == 1
    assert left.error["code"] == "LEFTOVERS"
    assert [one["type"] for one in left.data["leftovers"]] == ["sqs_queue"]
    swept = project.streamflix("destroy", "--env", "tleft", "--yes", "--sweep", "--json")
    assert swept.code == 0, swept.err
    assert len(swept.data["swept"]) == 1
    assert swept.data["leftovers"] == []
    assert existing(aws, "tleft") == set()


def test_deploying_goes_on_when_nobody_reads_its_progress_any_more(project: Project, aws: Clients) -> None:
    running = project.start("deploy", "--env", "tpipe", "--yes", "--json", stderr_to_nobody=True)
    finished = running.finish()
    assert finished.data["resources"] == 4
    assert len(existing(aws, "tpipe")) == 4
