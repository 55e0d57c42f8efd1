"""Bringing the database to the deployed schema: the one-shot task `migrate`, run and waited for."""

import time
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.errors import StreamflixError

WAIT_SECONDS = 900
"""A cold start is an image to pull and a database to resume; each takes a minute or two."""
POLL_SECONDS = 1.0
LAST_LINES = 20


def run_migrations(session: boto3.Session, outputs: Mapping[str, Any], *, flags: str) -> None:
    """Runs the deployed `migrate` task and waits until it ends well.

    Args:
        session: In the environment's account and region.
        outputs: Of the stack.
        flags: What names the environment on the command line, as `--env dev`.

    Raises:
        StreamflixError: `MIGRATION_FAILED`.
    """
    ecs = session.client("ecs")
    cluster = outputs["cluster_name"]
    try:
        started = ecs.run_task(
            cluster=cluster,
            taskDefinition=outputs["migrate_task_definition_arn"],
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": outputs["task_subnet_ids"].split(","),
                    "securityGroups": [outputs["task_security_group_id"]],
                    "assignPublicIp": "DISABLED",
                }
            },
            propagateTags="TASK_DEFINITION",
        )
        if not started["tasks"]:
            raise _failed("; ".join(f"{one['arn']}: {one['reason']}" for one in started["failures"]), flags)
        task = _wait(ecs, cluster, started["tasks"][0]["taskArn"], flags)
    except (BotoCoreError, ClientError) as error:
        raise _failed(str(error), flags) from error
    code = task["containers"][0].get("exitCode")
    if code != 0:
        said = _last_words(session, outputs["migrate_log_group"], task["taskArn"])
        how = task.get("stoppedReason") if code is None else f"It ended with exit code {code}."
        raise _failed("\n".join([str(how), *said]), flags)


def _wait(ecs: Any, cluster: str, arn: str, flags: str) -> Mapping[str, Any]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        if task["lastStatus"] == "STOPPED":
            return dict(task)
        time.sleep(POLL_SECONDS)
    raise _failed(f"{arn} did not end within {WAIT_SECONDS} s.", flags)


def _last_words(session: boto3.Session, log_group: str, task_arn: str) -> list[str]:
    """What the task logged last; its log stream ends in the task's id."""
    try:
        events = session.client("logs").get_log_events(
            logGroupName=log_group,
            logStreamName=f"migrate/migrate/{task_arn.rpartition('/')[2]}",
            limit=LAST_LINES,
        )["events"]
    except (BotoCoreError, ClientError):
        return []
    return [str(event["message"]) for event in events]


def _failed(reason: str, flags: str) -> StreamflixError:
    return StreamflixError(
        "MIGRATION_FAILED",
        f"Everything is deployed, but the database could not be brought to this version's schema: {reason}",
        hint=f"`streamflix logs {flags} --task migrate` shows more; workers wait until it is done. "
        "The same deploy tries it again.",
    )
