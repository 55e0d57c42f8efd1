"""Deletes what is left of an environment, in the order in which it can be deleted."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from streamflix_cli.deploy.sweep.cloud import Cloud
from streamflix_cli.deploy.sweep.find import WORKERS
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers import STAGES
from streamflix_cli.deploy.sweep.probers.base import Prober
from streamflix_cli.deploy.sweep.probers.iam import IamPolicy

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0


def delete_leftovers(
    session: boto3.Session,
    leftovers: Sequence[Leftover],
    *,
    region: str | None = None,
    endpoint: str | None = None,
) -> list[Leftover]:
    """Deletes leftovers, with all that they hold, and waits until they are gone.

    Args:
        session: Credentials.
        leftovers: What `find_leftovers` returned; what is gone meanwhile does no harm.
        region: The region that was searched; by default the session's.
        endpoint: URL of an emulator; by default AWS (or what `AWS_ENDPOINT_URL` says).

    Returns:
        What could not be deleted, each with the reason as its detail.
    """
    cloud = Cloud(session, region, endpoint)
    remaining: list[Leftover] = []
    for stage in STAGES:
        work = [(prober, leftover) for prober in stage for leftover in leftovers if leftover.type == prober.type]
        if work:
            with ThreadPoolExecutor(WORKERS) as pool:
                outcomes = pool.map(lambda item: _delete(cloud, *item), work)
                remaining += [outcome for outcome in outcomes if outcome is not None]
    return remaining


def detach_policy(session: boto3.Session, arn: str) -> None:
    """Takes a policy off every role, user and group; a refusal is told by the deletion that follows."""
    with suppress(ClientError):
        IamPolicy().detach(Cloud(session), arn)


def stop_tasks(session: boto3.Session, cluster: str) -> None:
    """Stops what runs in a cluster beside its services, whose tasks Terraform drains.

    ECS deletes no cluster with tasks in it, and nobody else would end one that was started by hand. A refusal is
    told by the deletion that follows.
    """
    ecs = Cloud(session).client("ecs")
    with suppress(ClientError):
        for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster):
            if not page["taskArns"]:
                continue
            for task in ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]:
                if not task.get("group", "").startswith("service:"):
                    ecs.stop_task(cluster=cluster, task=task["taskArn"], reason="The environment is destroyed")


def _delete(cloud: Cloud, prober: Prober, leftover: Leftover) -> Leftover | None:
    """Asks for the deletion until it is done: a first refusal is often a dependency that is still going."""
    deadline = time.monotonic() + prober.patience_seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        refusal, final = "", False
        try:
            prober.delete(cloud, leftover.id)
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            refusal = f"{code}: {message}"
            final = code in _DENIED or error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN
        except (BotoCoreError, ResponseParserError) as error:
            refusal = str(error)
        try:
            state = prober.state(cloud, leftover.id)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            state = str(error)
        if state is None:
            return None
        if final or time.monotonic() >= deadline:
            return leftover.model_copy(update={"detail": refusal or state})
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
