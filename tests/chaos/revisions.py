"""What the harness changes about the deployed tasks: new revisions of their definitions, through the ECS API.

* AWS, as workers reach it, is the fault proxy: `AWS_ENDPOINT_URL_S3` and the like are the SDKs' own settings.
* The lease is shorter than a profile may make it, so that a lost worker costs a run seconds.
* A mutant's folder is on `PYTHONPATH`, where Python finds a `sitecustomize`. The product knows nothing of it.
"""

import json
from pathlib import Path
from typing import Any

from tests.chaos.environment import Environment

LEASE_SECONDS = 6
WORKERS = 3
PROXIED = ("KINESIS", "S3", "SECRETS_MANAGER", "SNS", "SQS")
_KEPT = ("taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory")


class Revisions:
    """Puts the revisions in force.

    Args:
        environment: As it was deployed.
        proxy: URL of the fault proxy, which workers then use.
        mutant: Folder of a mutant; None for the product as it is.
    """

    def __init__(self, environment: Environment, *, proxy: str, mutant: Path | None) -> None:
        self._environment = environment
        self._ecs = environment.client("ecs")
        self._python = {"PYTHONPATH": str(mutant)} if mutant else {}
        endpoints = {f"AWS_ENDPOINT_URL_{service}": proxy for service in PROXIED}
        self._worker = self._register("worker", endpoints)
        self._housekeep = self._register("housekeep", {})

    def deploy(self) -> None:
        """Replaces the workers, and lets messages wait as long as a lease lasts, as the stack has it."""
        outputs = self._environment.outputs
        self._end_schedule()
        self._environment.client("sqs").set_queue_attributes(
            QueueUrl=outputs["jobs_queue_url"], Attributes={"VisibilityTimeout": str(LEASE_SECONDS)}
        )
        self._ecs.update_service(
            cluster=outputs["cluster_name"],
            service=outputs["service_name"],
            taskDefinition=self._worker,
            desiredCount=WORKERS,
        )

    def _end_schedule(self) -> None:
        """Housekeeping as it was deployed would do for a mutant what that does no more."""
        scheduler = self._environment.client("scheduler")
        for summary in scheduler.list_schedules()["Schedules"]:
            schedule = scheduler.get_schedule(Name=summary["Name"])
            kept = {key: schedule[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
            scheduler.update_schedule(**kept, State="DISABLED")

    def keep_house(self) -> None:
        """Runs housekeeping once, as its schedule does every few minutes."""
        outputs = self._environment.outputs
        self._ecs.run_task(
            cluster=outputs["cluster_name"],
            taskDefinition=self._housekeep,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": outputs["task_subnet_ids"].split(","),
                    "securityGroups": [outputs["task_security_group_id"]],
                }
            },
        )

    def _register(self, task: str, variables: dict[str, str]) -> str:
        family = f"{task}-chaos"
        definition = self._ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        (container,) = definition["containerDefinitions"]
        environment = {one["name"]: one["value"] for one in container["environment"]}
        settings: dict[str, Any] = {
            **json.loads(environment["PROCESSING_SETTINGS"]),
            "lease_seconds": LEASE_SECONDS,
        }
        changed = {**environment, **variables, **self._python, "PROCESSING_SETTINGS": json.dumps(settings)}
        container["environment"] = [{"name": name, "value": value} for name, value in changed.items()]
        registered = self._ecs.register_task_definition(
            family=family, containerDefinitions=[container], **{key: definition[key] for key in _KEPT}
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])
