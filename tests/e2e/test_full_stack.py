"""The whole stack, through the installed command: up, unchanged, changed, and down with data inside."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.conftest import Project

ENV = ("--env", "pr123", "--local")


def test_the_whole_stack_goes_up_changes_and_comes_down_with_nothing_left(project: Project) -> None:
    planned = project.streamflix("plan", *ENV, "--json")
    assert planned.code == 0, planned.err
    assert planned.data["create"] >= 70
    assert (planned.data["update"], planned.data["replace"], planned.data["delete"]) == (0, 0, 0)

    deployed = project.streamflix("deploy", *ENV, "--yes", "--json")
    assert deployed.code == 0, deployed.err
    assert deployed.data["resources"] == planned.data["create"]
    assert deployed.data["outputs"]["stream_name"] == "kinesis-stream-pr123"

    assert_the_deploy_is_on_record(project, deployed.data["outputs"]["environment_record"])

    again = project.streamflix("plan", *ENV, "--json", "--detailed-exitcode")
    assert (again.code, again.data["changes"]) == (0, []), again.err

    assert_no_secret_is_written_down(project)

    profile = project.root / "configs" / "pr.yaml"
    profile.write_text(profile.read_text().replace("max_tasks: 2", "max_tasks: 3"))
    changed = project.streamflix("plan", *ENV, "--json", "--detailed-exitcode")
    assert changed.code == 2, changed.err
    (change,) = changed.data["changes"]
    assert (change["type"], change["action"]) == ("aws_appautoscaling_target", "update")
    redeployed = project.streamflix("deploy", *ENV, "--yes", "--json")
    assert redeployed.code == 0, redeployed.err
    targets = project.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    assert [target["MaxCapacity"] for target in targets["ScalableTargets"]] == [3]

    put_data_everywhere(project, deployed.data["outputs"])
    attach_to_a_person(project, deployed.data["outputs"]["operator_policy_arn"])
    destroyed = project.streamflix("destroy", *ENV, "--yes", "--json")
    assert destroyed.code == 0, destroyed.err
    assert destroyed.data["leftovers"] == []
    assert destroyed.data["destroyed"] == deployed.data["resources"]
    state = json.loads((project.workspace("pr123") / "terraform.tfstate").read_text())
    assert state["resources"] == []


def assert_the_deploy_is_on_record(project: Project, parameter: str) -> None:
    record = json.loads(project.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"])
    assert record["owner"] == "platform-engineering"
    deployed, expires = (datetime.fromisoformat(record[key]) for key in ("last_deploy", "expires"))
    assert datetime.now(UTC) - deployed < timedelta(minutes=10)
    assert expires - deployed == timedelta(hours=72)


def assert_no_secret_is_written_down(project: Project) -> None:
    """Reads every secret from the account and looks for it in everything that the runs have left on disk."""
    manager = project.client("secretsmanager")
    values: dict[str, str] = {}
    for secret in manager.list_secrets()["SecretList"]:
        text = manager.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        values[secret["Name"]] = json.loads(text)["password"] if text.startswith("{") else text
    assert len(values) >= 5
    assert all(len(value) >= 8 for value in values.values())
    files = list(written_files(project.workspace("pr123")))
    assert {"terraform.tfstate", "plan", "cdk.tf.json"} <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        for name, value in values.items():
            assert value.encode() not in content, f"{name} stands in {file}"


def written_files(workspace: Path) -> Iterator[Path]:
    for file in workspace.rglob("*"):
        if file.is_file() and ".terraform" not in file.parts:
            yield file


def put_data_everywhere(project: Project, outputs: dict[str, str]) -> None:
    """Objects with older versions, messages, records, a running task: all of it must go without help."""
    s3 = project.client("s3")
    for bucket in (outputs["raw_bucket"], outputs["processed_bucket"]):
        for body in (b"first", b"second"):
            s3.put_object(Bucket=bucket, Key="title/video.mp4", Body=body)
        s3.delete_object(Bucket=bucket, Key="title/video.mp4")
        assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 2
    for queue in (outputs["jobs_queue_url"], outputs["jobs_dead_letter_queue_url"]):
        project.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    project.client("kinesis").put_record(StreamName=outputs["stream_name"], Data=b"x", PartitionKey="chunk/1")
    ecs = project.client("ecs")
    ecs.update_service(cluster=outputs["cluster_name"], service=outputs["service_name"], desiredCount=2)
    (definition,) = ecs.describe_services(cluster=outputs["cluster_name"], services=[outputs["service_name"]])[
        "services"
    ]
    network = definition["networkConfiguration"]
    ecs.run_task(
        cluster=outputs["cluster_name"],
        taskDefinition=definition["taskDefinition"],
        launchType="FARGATE",
        networkConfiguration=network,
    )
    assert ecs.list_tasks(cluster=outputs["cluster_name"])["taskArns"]


def attach_to_a_person(project: Project, policy: str) -> None:
    """IAM refuses to delete an attached policy."""
    iam = project.client("iam")
    iam.create_user(UserName="someone")
    iam.attach_user_policy(UserName="someone", PolicyArn=policy)


def test_production_is_never_destroyed(project: Project) -> None:
    for flags in ([], ["--yes"], ["--yes", "--confirm", "prod", "--sweep"]):
        refused = project.streamflix("destroy", "--env", "prod", "--local", "--json", *flags)
        assert refused.code == 3
        assert json.loads(refused.out)["error"]["code"] == "PROTECTED"
