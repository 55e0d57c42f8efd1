"""The workers: ECS cluster, the three tasks and what each may do, the service and its scaling."""

from lib.alarms import Metric, expression_alarm
from lib.cdk import (
    CloudwatchMetricAlarm,
    Construct,
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceDeploymentController,
    EcsServiceNetworkConfiguration,
    TerraformResourceLifecycle,
)
from lib.cluster import Cluster
from lib.database import Database
from lib.encryption import Encryption
from lib.image import default_image
from lib.ingestion import Ingestion
from lib.naming import Naming
from lib.network import Network
from lib.place import Place
from lib.profile import Profile
from lib.queue import Queue
from lib.scaling import Scaling
from lib.secrets import Secrets
from lib.storage import Storage
from lib.tags import data_class
from lib.task_environment import TaskEnvironment
from lib.task_permissions import allow_claims, allow_execution, allow_housekeeping, allow_migrations, allow_work
from lib.tasks import Task, TaskName, task_role

SMALL_TASK = (256, 512)
"""CPU units and MiB of the tasks that only talk to services: the least that Fargate has."""
HOUSEKEEP_MINUTES = 5
LONGEST_HOUSEKEEP_MINUTES = 60
MISSING_MINUTES = 15
"""How long a service may have fewer tasks than it wants: Spot may take its time."""


class Processing(Construct):
    """The ECS cluster, its tasks, and the service of identical, stateless workers.

    Args:
        naming: Names of the environment.
        place: Account and region.
        profile: Image, sizes, capacity, and the settings that the workers read.
        network: Where the tasks run.
        encryption: Key of logs and scratch space.
        storage: Buckets that the tasks use.
        ingestion: Stream that workers land videos from, and in which housekeeping finds what the pipe gave up.
        jobs: Queue that wakes workers, and its dead-letter queue.
        database: The queue of record.
        secrets: Credentials and keys.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        profile: Profile,
        network: Network,
        encryption: Encryption,
        storage: Storage,
        ingestion: Ingestion,
        jobs: Queue,
        database: Database,
        secrets: Secrets,
    ) -> None:
        super().__init__(scope, id)
        self.metrics_namespace = f"StreamFlix/{naming.suffix}"
        """CloudWatch namespace of the tasks' own metrics."""
        self.video_events_topic_arn = place.arn("sns", naming.of("video-events-topic"))
        self.subnet_ids = network.private_subnet_ids
        self.security_group_id = network.tasks_security_group_id
        self.housekeep_minutes = _housekeep_minutes(database)
        """Minutes from one housekeeping run to the next."""

        self._cluster = Cluster(
            self,
            "cluster",
            naming=naming,
            encryption=encryption,
            log_retention_days=profile.monitoring.log_retention_days,
        )
        self.cluster_name = self._cluster.name
        self.cluster_arn = self._cluster.arn
        image = profile.processing.image or default_image(place)
        self.execution_role = task_role(self, "execution-role", name=naming.of("task-execution-role"), place=place)
        environment = TaskEnvironment(
            naming=naming,
            place=place,
            profile=profile,
            storage=storage,
            ingestion=ingestion,
            jobs=jobs,
            database=database,
            secrets=secrets,
            metrics_namespace=self.metrics_namespace,
            video_events_topic_arn=self.video_events_topic_arn,
        )

        def task(name: TaskName, cpu: int, memory: int, scratch_gib: int | None = None) -> Task:
            return Task(
                self,
                name,
                naming=naming,
                place=place,
                name=name,
                image=image,
                cpu=cpu,
                memory=memory,
                ephemeral_storage_gib=scratch_gib,
                execution_role_arn=self.execution_role.arn,
                environment=environment.variables(name),
                secrets=environment.secrets(name),
                encryption=encryption,
                log_retention_days=profile.monitoring.log_retention_days,
            )

        settings = profile.processing
        self.worker = task("worker", settings.cpu, settings.memory, settings.ephemeral_storage_gib)
        self.migrate = task("migrate", *SMALL_TASK)
        self.housekeep = task("housekeep", *SMALL_TASK)
        self.tasks = [self.worker, self.migrate, self.housekeep]
        self.task_definition_arns = {
            "worker": self.worker.arn,
            "migrate": self.migrate.arn,
            "housekeep": self.housekeep.arn,
        }

        allow_execution(
            self.execution_role,
            image=image,
            log_group_arns=[task.log_group_arn for task in self.tasks],
            secret_arns=[*environment.secrets("worker").values(), *environment.secrets("housekeep").values()],
            encryption=encryption,
        )
        allow_work(
            [self.worker.role, self.housekeep.role],
            encryption=encryption,
            storage=storage,
            jobs=jobs,
            secrets=secrets,
            signing_key_arns=environment.signing_key_arns,
            video_events_topic_arn=self.video_events_topic_arn,
            metrics_namespace=self.metrics_namespace,
        )
        allow_claims(
            self.worker.role,
            ingestion=ingestion,
            storage=storage,
            jobs=jobs,
            task_arns=place.arn("ecs", f"task/{self.cluster_name}/*"),
        )
        allow_housekeeping(self.housekeep.role, ingestion=ingestion, storage=storage, jobs=jobs)
        allow_migrations(self.migrate.role, encryption=encryption, secrets=secrets)

        service = self._service(naming, profile, network, database, secrets)
        self.service_name = str(service.name)
        self.ready = [service, *self.housekeep.role.policies]
        """What must stand before housekeeping can run: all that the service waits for, and its own permissions."""
        self.scaling = Scaling(
            self,
            "scaling",
            naming=naming,
            settings=settings,
            cluster_name=self.cluster_name,
            service=service,
            jobs=jobs,
        )
        self.alarms = [self._missing_alarm(naming, jobs, settings.min_tasks)]

    def _service(
        self, naming: Naming, profile: Profile, network: Network, database: Database, secrets: Secrets
    ) -> EcsService:
        settings = profile.processing
        strategy = [
            EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE", base=settings.fargate_base, weight=1)
        ]
        if settings.spot_weight:
            strategy.append(
                EcsServiceCapacityProviderStrategy(
                    capacity_provider="FARGATE_SPOT", base=0, weight=settings.spot_weight
                )
            )
        return EcsService(
            self,
            "service",
            name=naming.of("worker-service"),
            cluster=self.cluster_arn,
            task_definition=self.worker.arn,
            desired_count=settings.min_tasks,
            capacity_provider_strategy=strategy,
            # Lets a changed strategy be deployed; without it the provider replaces the service, running tasks and all.
            force_new_deployment=True,
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=self.subnet_ids, security_groups=[self.security_group_id], assign_public_ip=False
            ),
            deployment_controller=EcsServiceDeploymentController(type="ECS"),
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            # New workers start before old ones are told to finish; protected ones finish what they do first.
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            # Rebalancing stops tasks to even them out over zones: it costs a worker its segment and gains nothing.
            availability_zone_rebalancing="DISABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            enable_execute_command=False,
            wait_for_steady_state=False,
            force_delete=True,
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]),
            # Workers that start before all of this stands fail, and after three of them the circuit breaker
            # gives a first deployment up, with none to roll back to.
            depends_on=[
                self._cluster.capacity_providers,
                *network.ready,
                *database.instances,
                *self.execution_role.policies,
                *self.worker.role.policies,
                *secrets.ready,
            ],
            tags=data_class("content"),
        )

    def _missing_alarm(self, naming: Naming, jobs: Queue, min_tasks: int) -> CloudwatchMetricAlarm:
        """Container Insights has no metrics of a service without a running task, not even how many it wants.

        (ECS developer guide, "Monitor Amazon ECS containers using Container Insights", considerations.) At zero
        tasks one is missing if messages wait, because they start the first worker, or if the profile keeps one.
        """
        service = {"ClusterName": self.cluster_name, "ServiceName": self.service_name}
        return expression_alarm(
            self,
            "workers-missing",
            naming=naming,
            description="Fewer workers run than there should be. Read the service's events: no capacity, "
            "an image that cannot be pulled, or workers that end at once.",
            expression="IF(FILL(running, 0) > 0, FILL(desired, 0) - FILL(running, 0), "
            f"IF(FILL(visible, 0) > 0, 1, {min(min_tasks, 1)}))",
            label="Missing workers",
            metrics={
                "desired": Metric("ECS/ContainerInsights", "DesiredTaskCount", service, "Average"),
                "running": Metric("ECS/ContainerInsights", "RunningTaskCount", service, "Average"),
                "visible": Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": jobs.name}),
            },
            threshold=1,
            evaluation_periods=MISSING_MINUTES,
        )


def _housekeep_minutes(database: Database) -> int:
    # A run opens a connection, and each connection restarts the wait before a pause: where the database may
    # pause, runs stand far enough apart for it to do so, but never more than an hour, which is how late the
    # loss of a doorbell may be noticed.
    pause = database.auto_pause_minutes
    return HOUSEKEEP_MINUTES if pause is None else min(4 * pause, LONGEST_HOUSEKEEP_MINUTES)
