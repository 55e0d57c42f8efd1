"""EventBridge Scheduler for deployed schedules with an ECS target: RunTask as the target says."""

import json
import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local import part

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
FIRST_PAUSE_SECONDS = 1.0
"""After a failed attempt; doubles with each."""

logger = logging.getLogger(__name__)


class Schedules:
    """Runs what is due in a region. A schedule first runs when it is created, then at its rate.

    Args:
        path: Where the last runs are written down, so that a new process does not repeat them.
        endpoint: URL of the control plane.
        region: Where the schedules are.
    """

    def __init__(self, path: Path, *, endpoint: str, region: str) -> None:
        self._path = path
        self._scheduler = part.client("scheduler", endpoint=endpoint, region=region)
        self._ecs = part.client("ecs", endpoint=endpoint, region=region)
        self._sqs = part.client("sqs", endpoint=endpoint, region=region)
        self._last_runs = self._read()
        self._failed: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._unknown: set[str] = set()

    def step(self) -> None:
        """Runs what is due.

        Raises:
            BotoCoreError, ClientError: The control plane does not answer; call it again.
        """
        present = set()
        for summary in self._scheduler.list_schedules(State="ENABLED")["Schedules"]:
            # A schedule that was deleted and made again starts anew.
            key = f"{summary['Arn']}@{summary['CreationDate'].timestamp()}"
            present.add(key)
            if time.time() >= max(self._last_runs.get(key, 0.0), self._not_before.get(key, 0.0)):
                schedule = self._scheduler.get_schedule(GroupName=summary["GroupName"], Name=summary["Name"])
                self._run_if_due(key, schedule)
        if self._last_runs.keys() - present:
            self._last_runs = {key: last for key, last in self._last_runs.items() if key in present}
            self._write()

    def _run_if_due(self, key: str, schedule: Mapping[str, Any]) -> None:
        rate = RATE.fullmatch(schedule["ScheduleExpression"])
        target = schedule["Target"]
        if rate is None or "EcsParameters" not in target:
            if key not in self._unknown:
                logger.warning("%s is not run here: only rate(...) with an ECS target is", schedule["Arn"])
            self._unknown.add(key)
            return
        seconds = int(rate[1]) * SECONDS[rate[2]]
        if time.time() < self._last_runs.get(key, 0.0) + seconds:
            return
        try:
            self._run_task(schedule["Name"], target)
        except ClientError as error:
            if self._tries_again(key, target["RetryPolicy"]):
                return
            logger.warning("%s could not be run: %s", schedule["Arn"], error)
            self._bury(schedule, error)
        self._failed.pop(key, None)
        self._not_before.pop(key, None)
        self._last_runs[key] = time.time()
        self._write()

    def _run_task(self, name: str, target: Mapping[str, Any]) -> None:
        """RunTask; its answer may name failures, which count as one."""
        parameters = _lower(target["EcsParameters"])
        answer = self._ecs.run_task(
            cluster=target["Arn"],
            taskDefinition=parameters.pop("taskDefinitionArn"),
            count=parameters.pop("taskCount", 1),
            overrides=json.loads(target.get("Input") or "{}"),
            startedBy=f"chronos-schedule/{name}",
            **parameters,
        )
        for failure in answer["failures"]:
            raise ClientError({"Error": {"Code": failure["reason"], "Message": failure["arn"]}}, "RunTask")

    def _tries_again(self, key: str, policy: Mapping[str, int]) -> bool:
        failed = self._failed[key] = self._failed.get(key, 0) + 1
        pause = FIRST_PAUSE_SECONDS * 2 ** (failed - 1)
        self._not_before[key] = time.time() + pause
        return failed <= policy["MaximumRetryAttempts"] and 2 * pause <= policy["MaximumEventAgeInSeconds"]

    def _bury(self, schedule: Mapping[str, Any], error: ClientError) -> None:
        dead_letters = schedule["Target"].get("DeadLetterConfig", {}).get("Arn")
        if dead_letters is None:
            return
        url = self._sqs.get_queue_url(QueueName=dead_letters.rsplit(":", 1)[-1])["QueueUrl"]
        attributes = {
            "ERROR_CODE": error.response["Error"]["Code"],
            "ERROR_MESSAGE": error.response["Error"]["Message"],
            "SCHEDULE_ARN": schedule["Arn"],
            "TARGET_ARN": schedule["Target"]["Arn"],
        }
        self._sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps(schedule["Target"]["EcsParameters"]),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value or "-"} for name, value in attributes.items()
            },
        )

    def _read(self) -> dict[str, float]:
        try:
            last_runs: dict[str, float] = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return last_runs

    def _write(self) -> None:
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._last_runs))
        temporary.replace(self._path)


def _lower(value: Any) -> Any:
    """The scheduler's parameters as RunTask spells them: `TaskCount` is `taskCount` there, at every depth."""
    if isinstance(value, dict):
        return {_camel(key): _lower(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lower(item) for item in value]
    return value


def _camel(key: str) -> str:
    return key[:1].lower() + key[1:]
