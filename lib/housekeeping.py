"""Housekeeping: a task that runs every few minutes and mends what was lost."""

from lib.cdk import (
    Construct,
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow as TimeWindow,
    SchedulerScheduleTarget as Target,
    SchedulerScheduleTargetDeadLetterConfig as DeadLetters,
    SchedulerScheduleTargetEcsParameters as EcsParameters,
    SchedulerScheduleTargetEcsParametersCapacityProviderStrategy as CapacityProvider,
    SchedulerScheduleTargetEcsParametersNetworkConfiguration as NetworkConfiguration,
    SchedulerScheduleTargetRetryPolicy as RetryPolicy,
)
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.naming import Naming
from lib.place import Place
from lib.processing import Processing
from lib.queue import DeadLetterQueue
from lib.tasks import SERVICE

RETRIES = 2
"""The next run comes soon anyway."""


class Housekeeping(Construct):
    """EventBridge schedule -> RunTask `housekeep`: reaper, doorbells, outbox, evidence anchor, retention.

    Args:
        naming: Names of the environment.
        place: Account and region.
        processing: Cluster, task, and where the task runs.
        encryption: Key of the schedule and its dead letters.
    """

    def __init__(
        self, scope: Construct, id: str, *, naming: Naming, place: Place, processing: Processing, encryption: Encryption
    ) -> None:
        super().__init__(scope, id)
        interval_seconds = processing.housekeep_minutes * 60
        self.dead_letter = DeadLetterQueue(
            self,
            "dead-letters",
            naming=naming,
            place=place,
            name="housekeep-dead-letter-queue",
            encryption=encryption,
        )
        self.alarms = self.dead_letter.alarms
        role = ServiceRole(
            self,
            "role",
            name=naming.of("housekeep-schedule-role"),
            service="scheduler.amazonaws.com",
            source_account=place.account_id,
            # The scheduler names the group, not the schedule (EventBridge Scheduler user guide).
            source_arn=place.arn("scheduler", "schedule-group/default"),
        )
        role.allow(
            "run-task",
            Statement(
                ("ecs:RunTask",),
                [processing.housekeep.any_revision_arn],
                {"ArnEquals": {"ecs:cluster": processing.cluster_arn}},
            ),
            Statement(
                ("ecs:TagResource",),
                [place.arn("ecs", f"task/{processing.cluster_name}/*")],
                {"StringEquals": {"ecs:CreateAction": "RunTask"}},
            ),
        )
        role.allow(
            "pass-roles",
            Statement(
                ("iam:PassRole",),
                [processing.execution_role.arn, processing.housekeep.role.arn],
                {"StringEquals": {"iam:PassedToService": SERVICE}},
            ),
        )
        self.dead_letter.grant_send(role)
        role.allow(
            "decrypt-schedule",
            # EventBridge Scheduler calls KMS as the role itself, so kms:ViaService would never hold.
            Statement(
                ("kms:Decrypt",),
                [encryption.key_arn],
                {
                    "StringEquals": {
                        "kms:EncryptionContext:aws:scheduler:schedule:arn": place.arn(
                            "scheduler", f"schedule/default/{naming.of('housekeep-schedule')}"
                        )
                    }
                },
            ),
        )
        schedule = SchedulerSchedule(
            self,
            "schedule",
            name=naming.of("housekeep-schedule"),
            description=f"Mends what was lost in {naming.suffix}",
            schedule_expression=f"rate({processing.housekeep_minutes} minutes)",
            flexible_time_window=TimeWindow(mode="OFF"),
            state="ENABLED",
            kms_key_arn=encryption.key_arn,
            target=Target(
                arn=processing.cluster_arn,
                role_arn=role.arn,
                ecs_parameters=EcsParameters(
                    task_definition_arn=processing.housekeep.arn,
                    task_count=1,
                    # Not on Spot: it is what notices that Spot took a worker.
                    capacity_provider_strategy=[CapacityProvider(capacity_provider="FARGATE", base=0, weight=1)],
                    network_configuration=NetworkConfiguration(
                        subnets=processing.subnet_ids,
                        security_groups=[processing.security_group_id],
                        assign_public_ip=False,
                    ),
                    enable_ecs_managed_tags=True,
                    enable_execute_command=False,
                    propagate_tags="TASK_DEFINITION",
                ),
                dead_letter_config=DeadLetters(arn=self.dead_letter.arn),
                retry_policy=RetryPolicy(
                    maximum_retry_attempts=RETRIES, maximum_event_age_in_seconds=max(60, interval_seconds)
                ),
            ),
            # The first run comes at once.
            depends_on=[*role.policies, *processing.ready],
        )
        self.schedule_name = str(schedule.name)
