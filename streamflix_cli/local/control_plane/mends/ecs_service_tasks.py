"""Services have no tasks: moto stores a desired count and runs nothing.

Before each call to ECS every Fargate service catches up: it starts what it lacks, stops what it has too many of,
rolls a deployment on, and counts. Whoever runs tasks polls, so this happens often enough without a clock.
A task that ended is replaced at once; after tasks that failed at the start the wait doubles each time, as ECS's
service throttle does it.
"""

import logging
import threading
import time
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task
from moto.ecs.responses import EC2ContainerServiceResponse
from werkzeug.exceptions import HTTPException

from streamflix_cli.local.control_plane import ecs_tasks
from streamflix_cli.local.control_plane.patch import Method, wrap
from streamflix_cli.local.control_plane.service_scheduler import ServiceTask, next_changes

STOPPED_TASKS_LISTED_SECONDS = 3600.0
"""ECS shows a stopped task for at least an hour."""
FAILED_SECONDS = 10.0
"""A task that ended sooner than this failed at the start."""
LONGEST_WAIT_SECONDS = 30.0

logger = logging.getLogger(__name__)
_lock = threading.RLock()


def _catch_up_first(call: Method) -> Method:
    def call_action(self: EC2ContainerServiceResponse) -> Any:
        # Requests come in many threads, and moto's backends know no locks.
        with _lock:
            _catch_up(self.ecs_backend)
            return call(self)

    return call_action


def _catch_up(backend: EC2ContainerServiceBackend) -> None:
    for tasks in backend.tasks.values():
        for arn, task in list(tasks.items()):
            if task.last_status == "STOPPED" and ecs_tasks.seconds_since_stop(task) > STOPPED_TASKS_LISTED_SECONDS:
                del tasks[arn]
    for service in backend.services.values():
        if service.status != "INACTIVE" and service.deployments:
            _reconcile(backend, service)
            _count(backend, service)
    for cluster in backend.clusters.values():
        states = [task.last_status for task in backend.tasks.get(cluster.name, {}).values()]
        cluster.running_tasks_count = states.count("RUNNING")
        cluster.pending_tasks_count = states.count("PENDING") + states.count("PROVISIONING")
        cluster.active_services_count = sum(
            service.cluster_arn == cluster.arn and service.status == "ACTIVE" for service in backend.services.values()
        )


def _deployments(service: Service) -> list[dict[str, Any]]:
    return service.deployments


def _tasks(backend: EC2ContainerServiceBackend, service: Service, deployment: dict[str, Any]) -> list[Task]:
    """Tasks of a deployment, stopped ones too: ECS notes the deployment in `startedBy`."""
    tasks = backend.tasks.get(service.cluster_name, {}).values()
    return [task for task in tasks if task.started_by == deployment["id"]]


def _reconcile(backend: EC2ContainerServiceBackend, service: Service) -> None:
    live: dict[str, ServiceTask] = {}
    by_arn: dict[str, Task] = {}
    draining = service.status == "DRAINING"
    for deployment in _deployments(service):
        for task in _tasks(backend, service, deployment):
            if task.desired_status == "RUNNING":
                by_arn[task.task_arn] = task
                live[task.task_arn] = ServiceTask(
                    arn=task.task_arn,
                    current=deployment["status"] == "PRIMARY",
                    running=task.last_status == "RUNNING",
                    protected=not draining and task.__dict__.get("protected_until", 0.0) > time.time(),
                )
    settings = getattr(service, "deployment_configuration", None) or {}
    changes = next_changes(
        tuple(live.values()),
        desired=service.desired_count,
        minimum_percent=settings.get("minimumHealthyPercent", 100),
        maximum_percent=settings.get("maximumPercent", 200),
    )
    for arn in changes.stop:
        reason = f"Scaling activity initiated by (deployment {by_arn[arn].started_by})"
        ecs_tasks.ask_to_stop(by_arn[arn], code="ServiceSchedulerInitiated", reason=reason)
    if changes.start and _on_fargate(service) and not _must_wait(backend, service):
        _start(backend, service, changes.start)


def _on_fargate(service: Service) -> bool:
    strategy = getattr(service, "capacity_provider_strategy", None) or []
    return service.launch_type == "FARGATE" or any(
        item["capacityProvider"] in {"FARGATE", "FARGATE_SPOT"} for item in strategy
    )


def _must_wait(backend: EC2ContainerServiceBackend, service: Service) -> bool:
    """Whether the newest deployment's tasks failed and the next try is not due; counts the failures in a row."""
    primary = _deployments(service)[0]
    stopped = [task for task in _tasks(backend, service, primary) if task.last_status == "STOPPED"]
    stopped.sort(key=ecs_tasks.seconds_since_stop)
    failed = 0
    for task in stopped:
        if task.__dict__["stop_code"] not in {"TaskFailedToStart", "EssentialContainerExited"}:
            continue
        if ecs_tasks.ran_seconds(task) > FAILED_SECONDS:
            break
        failed += 1
    primary["failedTasks"] = failed
    # The first is replaced at once.
    wait = 0.0 if failed <= 1 else min(LONGEST_WAIT_SECONDS, 2.0 ** (failed - 2))
    return bool(stopped) and ecs_tasks.seconds_since_stop(stopped[0]) < wait


def _start(backend: EC2ContainerServiceBackend, service: Service, count: int) -> None:
    cluster = backend._get_cluster(service.cluster_name)
    tasks = backend.tasks.setdefault(cluster.name, {})
    strategy = getattr(service, "capacity_provider_strategy", None)
    network = service.network_configuration
    if network:
        network["awsvpcConfiguration"].setdefault("securityGroups", [])
    for _ in range(count):
        try:
            definition = backend.describe_task_definition(service.task_definition or "")
            tags = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}.get(service.propagate_tags, [])
            task = Task(
                cluster,
                definition,
                container_instance_arn=None,
                resource_requirements={},
                backend=backend,
                group=f"{ecs_tasks.SERVICE}{service.name}",
                launch_type="FARGATE",
                started_by=_deployments(service)[0]["id"],
                tags=list(tags),
                networking_configuration=network or None,
                platform_version=service.platform_version,
                capacity_provider_name=strategy[0]["capacityProvider"] if strategy else None,
            )
        except (HTTPException, ServiceException):
            # A subnet or task definition that is gone; every other call must still be answered.
            logger.exception("No task could be placed for the service %s", service.name)
            return
        tasks[task.task_arn] = task


def _count(backend: EC2ContainerServiceBackend, service: Service) -> None:
    deployments: list[dict[str, Any]] = []
    unstopped = 0
    for deployment in _deployments(service):
        states = [task.last_status for task in _tasks(backend, service, deployment)]
        alive = len(states) - states.count("STOPPED")
        unstopped += alive
        primary = deployment["status"] == "PRIMARY"
        deployment["runningCount"] = states.count("RUNNING")
        deployment["pendingCount"] = states.count("PROVISIONING") + states.count("PENDING")
        deployment["desiredCount"] = service.desired_count if primary else deployment["runningCount"]
        if primary or alive:
            deployments.append(deployment)
    service.deployments = deployments
    service.running_count = sum(deployment["runningCount"] for deployment in deployments)
    service.pending_count = sum(deployment["pendingCount"] for deployment in deployments)
    if service.status == "DRAINING" and unstopped == 0:
        service.status = "INACTIVE"
    newest = deployments[0]
    done = len(deployments) == 1 and newest["runningCount"] == service.desired_count
    if done and newest["rolloutState"] == "IN_PROGRESS":
        newest["rolloutState"] = "COMPLETED"
        newest["rolloutStateReason"] = f"ECS deployment {newest['id']} completed."
        newest["updatedAt"] = utcnow()


def apply() -> None:
    """Gives services their tasks."""
    wrap(EC2ContainerServiceResponse, "call_action", _catch_up_first)
