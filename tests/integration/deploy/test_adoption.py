"""What exists and the state does not know is taken into the state by the next deploy, with the data in it."""

import json
import time
from typing import Any

import psutil

from streamflix_cli.deploy.interrupts import BOUNCE_SECONDS
from tests.integration.deploy.conftest import ACCOUNT, PROFILE, Clients, Project, existing
from tests.integration.deploy.small_stack import WIDE

PUT = {
    "aws_default_security_group",
    "aws_iam_role_policy",
    "aws_secretsmanager_secret_version",
}
"""Settings of something else, which AWS takes again and again: Terraform creates them anew over themselves."""


def actions(planned: dict[str, Any]) -> dict[str, set[str]]:
    """The types of resources by what is planned for them."""
    found: dict[str, set[str]] = {}
    for change in planned["changes"]:
        found.setdefault(change["action"], set()).add(change["type"])
    return found


def test_what_a_killed_deploy_made_is_adopted_by_the_next(project: Project, aws: Clients) -> None:
    suffix = "tcutoff"
    running = project.start("deploy", "--env", suffix, "--yes", "--json")
    running.wait_for("aws_kinesis_stream.stream: creating")
    running.wait_for("✓ 1/4")
    time.sleep(BOUNCE_SECONDS)
    terraform, children = running.terraform(), running.beneath()
    running.process.kill()
    terraform.kill()
    psutil.wait_procs(children, timeout=60)
    assert existing(aws, suffix) > project.known(suffix), "the state lacks something"

    planned = project.streamflix("plan", "--env", suffix, "--json").data
    assert planned["adopt"] > 0
    assert planned["create"] + planned["adopt"] + len(project.known(suffix)) == 4
    resumed = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
    assert (resumed.code, resumed.data["resources"]) == (0, 4), resumed.err
    assert "adopted after" in resumed.err
    assert existing(aws, suffix) == project.known(suffix)
    assert project.streamflix("plan", "--env", suffix, "--json").data["changes"] == []


def test_a_lost_state_is_found_again_and_nothing_that_was_stored_is_lost(project: Project, aws: Clients) -> None:
    project.profile("t", PROFILE.replace("{ephemeral: true}", WIDE))
    deployed = project.streamflix("deploy", "--env", "tlost", "--yes", "--json")
    assert deployed.code == 0, deployed.err
    url = deployed.data["outputs"]["jobs_queue_url"]
    aws("sqs").send_message(QueueUrl=url, MessageBody="kept")
    aws("s3").put_object(Bucket=f"raw-bucket-tlost-{ACCOUNT}", Key="kept", Body=b"kept")
    value = aws("secretsmanager").get_secret_value(SecretId="audit-key-tlost")["SecretString"]
    ids = identifiers(project, "tlost")
    group = next(one for one in ids if one.startswith("aws_security_group") and "tasks" in one)
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}  # as in each new group
    aws("ec2").authorize_security_group_egress(GroupId=ids[group], IpPermissions=[everything])

    for state in project.workspace("tlost").glob("terraform.tfstate*"):
        state.unlink()
    planned = project.streamflix("plan", "--env", "tlost", "--json")
    assert planned.code == 0, planned.out
    assert actions(planned.data).keys() == {"adopt", "create"}, planned.data["changes"]
    assert actions(planned.data)["create"] <= PUT
    assert [one["type"] for one in planned.data["obsolete"]] == ["security_group_rule"]
    found = project.streamflix("deploy", "--env", "tlost", "--yes", "--json")
    assert found.code == 0, found.out

    after = identifiers(project, "tlost")
    assert after.keys() == ids.keys()
    assert [one for one in ids if after[one] != ids[one]] == [one for one in ids if "secret_version" in one]
    assert aws("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
    assert aws("s3").get_object(Bucket=f"raw-bucket-tlost-{ACCOUNT}", Key="kept")["Body"].read() == b"kept"
    assert aws("secretsmanager").get_secret_value(SecretId="audit-key-tlost")["SecretString"] == value
    assert value not in json.dumps(project.state("tlost"))
    (rule,) = [
        one
        for one in aws("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [ids[group]]}])[
            "SecurityGroupRules"
        ]
        if one.get("CidrIpv4")
    ]
    assert rule["FromPort"] == 443
    assert project.streamflix("plan", "--env", "tlost", "--json").data["changes"] == []

    # A namesake that some run has left is deleted, and what the state lacks beside it adopted.
    tags = {"Name": "vpc-tlost", "Environment": "tlost", "Project": "streamflix"}
    double = aws("ec2").create_vpc(
        CidrBlock="10.99.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}],
    )["Vpc"]["VpcId"]
    project.forget("tlost", "aws_route", "aws_route_table_association", "aws_sns_topic")
    planned = project.streamflix("plan", "--env", "tlost", "--json")
    assert actions(planned.data) == {"adopt": {"aws_route", "aws_route_table_association", "aws_sns_topic"}}
    assert [one["id"] for one in planned.data["obsolete"]] == [double]
    assert project.streamflix("deploy", "--env", "tlost", "--yes", "--json").code == 0
    assert identifiers(project, "tlost").keys() == ids.keys()
    assert double not in {one["VpcId"] for one in aws("ec2").describe_vpcs()["Vpcs"]}

    # A sweep deletes what stands in Terraform's way before Terraform begins.
    project.forget("tlost", "aws_subnet", "aws_kinesis_stream", "aws_route_table_association", "aws_nat_gateway")
    swept = project.streamflix("destroy", "--env", "tlost", "--yes", "--sweep", "--json")
    assert swept.code == 0, swept.out
    assert {"subnet", "kinesis_stream", "nat_gateway"} <= {one["type"] for one in swept.data["swept"]}
    assert swept.data["leftovers"] == []
    assert existing(aws, "tlost") == set()


def identifiers(project: Project, suffix: str) -> dict[str, str]:
    """Terraform's id of each address."""
    return {
        f"{one['type']}.{one['name']}": instance["attributes"]["id"]
        for one in project.state(suffix)["resources"]
        if one["mode"] == "managed"
        for instance in one["instances"]
    }
