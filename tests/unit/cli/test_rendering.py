"""What plans, progress and results look like."""

import re
from io import StringIO

import pytest
from rich.console import Console

from streamflix_cli.deploy.events import Diagnosed, Finished, Started
from streamflix_cli.deploy.planfile import Action, Change
from streamflix_cli.deploy.results import DeployResult, PlanResult
from streamflix_cli.ui.addresses import shown
from streamflix_cli.ui.deploy import render_deploy
from streamflix_cli.ui.plan import render_plan
from streamflix_cli.ui.progress import RunProgress


def change(address: str, action: Action = "create", *, name: str = "", loses_data: bool = False) -> Change:
    type_, _, own = address.partition(".")
    return Change(address=address, action=action, type=type_, name=name or own, attributes=[], loses_data=loses_data)


def drawn(*changes: Change) -> list[str]:
    counts = {
        action: sum(one.action == action for one in changes) for action in ("create", "update", "replace", "delete")
    }
    result = PlanResult(
        **counts, changes=list(changes), shard_changes=[], outputs_change=False, environment="dev", target="local"
    )
    console = Console(file=StringIO(), width=100, emoji=False)
    render_plan(console, result)
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_vpc.network_vpc_4E8F0223", "aws_vpc.network_vpc"),
        ("aws_vpc.vpc", "aws_vpc.vpc"),
        ("aws_sqs_queue.jobs_dead-letters_queue_80249FCE", "aws_sqs_queue.jobs_dead-letters_queue"),
    ],
)
def test_an_address_is_shown_without_its_hash(address: str, expected: str) -> None:
    assert shown(address) == expected


def test_a_small_plan_shows_every_resource() -> None:
    lines = drawn(change("aws_sqs_queue.jobs_1C1A0084", name="video-jobs-queue-dev"), change("aws_vpc.vpc_4E8F0223"))
    assert "+ create  aws_sqs_queue.jobs  video-jobs-queue-dev" in lines
    assert "+ create  aws_vpc.vpc" in lines
    assert lines[-1] == "Plan: 2 to create, 0 to update, 0 to replace, 0 to delete"


def test_a_first_deploy_is_shown_by_type_but_every_loss_of_data_on_its_own() -> None:
    subnets = [change(f"aws_subnet.subnet-{number}_4E8F0223") for number in range(60)]
    lines = drawn(change("aws_kinesis_stream.stream", "replace", loses_data=True), *subnets)
    assert any("-/+ replace" in line and "LOSES ITS DATA" in line for line in lines)
    assert "+ create     60 aws_subnet              subnet-0, subnet-1 and 58 more" in lines
    assert len([line for line in lines if "aws_subnet" in line]) == 1


def test_progress_without_a_terminal_is_one_line_an_event() -> None:
    console = Console(file=StringIO(), width=100, emoji=False, force_terminal=False)
    with RunProgress(console, total=2).shown("Deploying dev") as progress:
        progress.on_event(Started(address="aws_vpc.vpc_4E8F0223", operation="create"))
        progress.on_event(Finished(address="aws_vpc.vpc_4E8F0223", operation="create", elapsed="12s"))
        progress.on_event(Diagnosed(address="aws_sqs_queue.jobs", text="creating queue: AccessDenied\nmore"))
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue().splitlines() == [
        "· 0/2 aws_vpc.vpc: creating",
        "✓ 1/2 aws_vpc.vpc: created after 12s",
        "✗ 1/2 aws_sqs_queue.jobs: creating queue: AccessDenied",
    ]


def test_the_commands_to_type_next_name_the_environment() -> None:
    flags = "--env dev --local"
    result = DeployResult(environment="dev", target="local", resources=4, changed=0, outputs={}, seconds=0)
    console = Console(file=StringIO(), width=100, emoji=False)
    render_deploy(console, result, flags=flags)
    assert isinstance(console.file, StringIO)
    lines = [re.split(" {2,}", line.strip())[0] for line in console.file.getvalue().splitlines()]
    commands = ("ingest FILE", "status", "plan", "destroy")
    assert lines[lines.index("Next:") + 1 :] == [f"streamflix {command} {flags}" for command in commands]
