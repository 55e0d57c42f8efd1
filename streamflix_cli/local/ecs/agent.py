"""The ECS agent: starts, watches and stops the containers of the tasks that the control plane wants."""

import logging
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local import part
from streamflix_cli.local.ecs import logs, secrets, substitutions
from streamflix_cli.local.ecs.container import Container, kill_all
from streamflix_cli.local.ecs.databases import Databases, ServerNotThereYetError
from streamflix_cli.local.ecs.logs import LogShipper
from streamflix_cli.local.ecs.protection import ProtectionServer
from streamflix_cli.local.ecs.records import TaskFolder, TaskRecord, recorded, tasks_folder
from streamflix_cli.local.ecs.secrets import ResourceInitializationError
from streamflix_cli.local.ecs.substitutions import DatabaseServer

STOP_TIMEOUT_SECONDS = 30
"""ECS's default."""
CLOSE_SECONDS = 3.0
"""What tasks get when the local cloud goes down, whatever their stop timeout."""
DESCRIBED_AT_ONCE = 100
"""Limit of DescribeTasks."""

logger = logging.getLogger(__name__)


@dataclass
class _Task:
    record: TaskRecord
    folder: TaskFolder
    container: Container
    shipper: LogShipper | None
    asked_to_stop_at: float | None = None


class Agent:
    """Runs the tasks of all clusters of a region.

    Args:
        cloud: The cloud's folder.
        endpoint: URL of the control plane.
        region: Where the clusters are.
    """

    def __init__(self, cloud: Path, *, endpoint: str, region: str) -> None:
        self._endpoint = endpoint
        self._folder = tasks_folder(cloud)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = cloud / "ecs" / "port"
        self._client = cache(lambda service, region: part.client(service, endpoint=endpoint, region=region))
        self._ecs = self._client("ecs", region)
        self._databases = Databases(cloud / "databases.json", self._client("rds", region))
        self._tasks = {task.record.arn: task for task in self._adopted()}
        self._protection = ProtectionServer(self._last_port(), ecs=self._ecs, find=self._by_token)
        self._port.write_text(str(self._protection.server_port))

    def serve_protection(self) -> None:
        """Serves the task protection endpoint until the process ends; for a thread of its own."""
        self._protection.serve_forever()

    def step(self) -> None:
        """Brings what runs nearer to what the control plane wants, and reports.

        Raises:
            BotoCoreError, ClientError: The control plane does not answer; nothing is lost, call it again.
        """
        wanted = dict(self._wanted())
        for arn, task in self._tasks.items():
            if arn not in wanted:
                self._stop(task)
        for described in self._describe({arn: wanted[arn] for arn in wanted.keys() - self._tasks.keys()}):
            if described["lastStatus"] == "PROVISIONING":
                self._start(described)
            else:
                # Claimed by an agent that ended before it had written the task down.
                self._report(
                    described["taskArn"], described["clusterArn"], "STOPPED", reason="The agent lost the task."
                )
        for task in list(self._tasks.values()):
            self._look_after(task)

    def close(self) -> None:
        """Ends all containers: SIGTERM, then SIGKILL."""
        # Copied: the step that a hanging control plane holds up may still change them.
        running = [task.container for task in list(self._tasks.values())]
        for container in running:
            container.terminate()
        deadline = time.monotonic() + CLOSE_SECONDS
        while time.monotonic() < deadline and any(container.exit_code() is None for container in running):
            time.sleep(0.05)
        kill_all(self._folder)

    def _wanted(self) -> Iterator[tuple[str, str]]:
        for cluster in self._ecs.list_clusters()["clusterArns"]:
            for arn in self._ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]:
                yield arn, cluster

    def _describe(self, arns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for cluster in sorted(set(arns.values())):
            of_cluster = [arn for arn in arns if arns[arn] == cluster]
            for start in range(0, len(of_cluster), DESCRIBED_AT_ONCE):
                some = of_cluster[start : start + DESCRIBED_AT_ONCE]
                yield from self._ecs.describe_tasks(cluster=cluster, tasks=some)["tasks"]

    def _start(self, described: Mapping[str, Any]) -> None:
        arn, cluster = described["taskArn"], described["clusterArn"]
        definition = self._ecs.describe_task_definition(taskDefinition=described["taskDefinitionArn"])["taskDefinition"]
        # Every task of the stack has one container.
        container = definition["containerDefinitions"][0]
        try:
            database = self._databases.server_for(container)
        except ServerNotThereYetError as error:
            logger.info("%s waits for its database %s", arn, error)
            return
        if not self._report(arn, cluster, "PENDING"):
            return
        overrides: dict[str, Any] = {}
        for override in described["overrides"].get("containerOverrides", ()):
            if override.get("name") == container["name"]:
                overrides = override
        stream = logs.stream_of(container, arn.rsplit("/", 1)[-1])
        try:
            environment = secrets.resolve(container, overrides, lambda region: self._client("secretsmanager", region))
            if stream is not None:
                logs.create(stream, self._client("logs", stream.region))
        except ResourceInitializationError as error:
            self._refuse(arn, cluster, f"ResourceInitializationError: {error}")
            return
        command = overrides.get("command") or container.get("command")
        if not command:
            self._refuse(arn, cluster, "CannotStartContainerError: no command, and an image's own is not known here")
            return
        record = TaskRecord(
            arn=arn,
            cluster=cluster,
            container=container["name"],
            token=uuid.uuid4().hex,
            stop_timeout=container.get("stopTimeout", STOP_TIMEOUT_SECONDS),
            log=stream,
        )
        self._launch(record, command, environment, mounts=container.get("mountPoints", ()), database=database)
        logger.info("%s runs", arn)
        self._report(arn, cluster, "RUNNING")

    def _refuse(self, arn: str, cluster: str, reason: str) -> None:
        logger.warning("%s does not start: %s", arn, reason)
        self._report(arn, cluster, "STOPPED", reason=reason)

    def _launch(
        self,
        record: TaskRecord,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        mounts: Sequence[Mapping[str, Any]],
        database: DatabaseServer | None,
    ) -> None:
        folder = TaskFolder(self._folder / record.task_id)
        folder.home.mkdir(parents=True)
        volumes = {mount["containerPath"]: folder.volume(mount["sourceVolume"]) for mount in mounts}
        for volume in volumes.values():
            volume.mkdir(parents=True, exist_ok=True)
        # Before the process: an agent that finds the record finds the process as well.
        folder.record.write_text(record.model_dump_json(indent=1), encoding="utf-8")
        container = Container.start(
            folder,
            token=record.token,
            command=substitutions.command(command),
            environment=substitutions.environment(
                environment,
                home=folder.home,
                endpoint=self._endpoint,
                agent_uri=self._protection.uri(record.token),
                database=database,
                volumes=volumes,
            ),
        )
        self._tasks[record.arn] = _Task(record, folder, container, self._shipper(record, folder))

    def _look_after(self, task: _Task) -> None:
        exit_code = task.container.exit_code()
        if task.shipper is not None:
            task.shipper.ship(ended=exit_code is not None)
        if exit_code is None:
            asked_at = task.asked_to_stop_at
            if asked_at is not None and time.monotonic() - asked_at > task.record.stop_timeout:
                task.container.kill()
            return
        logger.info("%s ended with exit code %d", task.record.arn, exit_code)
        container = {"containerName": task.record.container, "exitCode": exit_code, "status": "STOPPED"}
        self._report(task.record.arn, task.record.cluster, "STOPPED", containers=[container])
        del self._tasks[task.record.arn]
        shutil.rmtree(task.folder.path, ignore_errors=True)

    @staticmethod
    def _stop(task: _Task) -> None:
        if task.asked_to_stop_at is None:
            logger.info("%s is asked to stop", task.record.arn)
            task.container.terminate()
            task.asked_to_stop_at = time.monotonic()

    def _report(self, arn: str, cluster: str, status: str, **more: Any) -> bool:
        """Returns whether the control plane knows the task, and that it has not stopped."""
        try:
            self._ecs.submit_task_state_change(cluster=cluster, task=arn, status=status, **more)
        except ClientError as error:
            logger.warning("%s cannot be reported as %s: %s", arn, status, error)
            return False
        return True

    def _adopted(self) -> Iterator[_Task]:
        for folder, record in recorded(self._folder):
            if record is None:
                shutil.rmtree(folder.path, ignore_errors=True)
                continue
            container = Container.adopt(folder, token=record.token)
            logger.info("%s is adopted", record.arn)
            yield _Task(record, folder, container, self._shipper(record, folder))

    def _last_port(self) -> int:
        """Where adopted tasks look for their agent; 0 if there was none."""
        try:
            return int(self._port.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _shipper(self, record: TaskRecord, folder: TaskFolder) -> LogShipper | None:
        if record.log is None:
            return None
        return LogShipper(record.log, folder, self._client("logs", record.log.region))

    def _by_token(self, token: str) -> TaskRecord | None:
        return next((task.record for task in list(self._tasks.values()) if task.record.token == token), None)
