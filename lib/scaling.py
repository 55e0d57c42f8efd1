"""How many workers run: as many as there is work, none when there is none.

Work is what the jobs queue holds: messages visible and messages in flight, a busy worker keeping the one that
woke it in flight. Three policies share the service, each with one duty:

* **start** (step): messages wait and none is in flight, so nobody works: add one task. It rests on the queue
  alone, because ECS publishes no task counts at zero tasks. SQS sleeps after six hours without any use of a
  queue and then publishes nothing: missing data means no work, and the housekeeping task's regular look at the
  queue keeps it awake. It publishes messages in flight "if in-flight messages exist" (SQS developer guide,
  "Available CloudWatch metrics"): where only that number is missing, it is none.
* **scale-out** (target tracking): messages visible and in flight per running task above the profile's number.
  The printed formula counts visible messages only, and so sees a fully busy service as idle. It never scales in:
  by its ratio, tasks that are busy with one message each look superfluous.
* **scale-in** (step): for some minutes more tasks run than there are messages, so at least the difference is
  idle, and at most that many go. Zero is reached only when nothing is visible or in flight. Which task ends is
  ECS's choice: the protection that each worker sets while it works keeps that choice among the idle ones.
  Missing data means that nothing is known, and nobody goes.
"""

from lib.alarms import Metric, expression_alarm
from lib.cdk import (
    AppautoscalingPolicy,
    AppautoscalingPolicyStepScalingPolicyConfiguration as StepScaling,
    AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment as StepAdjustment,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration as TargetTracking,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification as TrackedMetric,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics as TrackedQuery,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat as Stat,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric as StatMetric,  # noqa: E501
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions as StatDimension,  # noqa: E501
    AppautoscalingTarget,
    CloudwatchMetricAlarm,
    Construct,
    EcsService,
)
from lib.naming import Naming, ResourceName
from lib.profile import Processing as Settings
from lib.queue import Queue
from lib.tags import data_class

START_COOLDOWN_SECONDS = 300
"""Longer than Fargate takes to start a task with a large image."""
SCALE_OUT_COOLDOWN_SECONDS = 60
SCALE_IN_COOLDOWN_SECONDS = 120
IDLE_MINUTES = 5
IDLE_STEPS = (1, 2, 4, 8, 16, 32, 64)
"""From so many idle tasks on, so many go at once: never more than are idle."""


class Scaling(Construct):
    """The scalable target of the worker service, its policies and the alarms that drive them.

    Args:
        naming: Names of the environment.
        settings: The profile's `processing` section.
        cluster_name: Cluster of the service.
        service: The worker service.
        jobs: Queue that the workers consume.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        settings: Settings,
        cluster_name: str,
        service: EcsService,
        jobs: Queue,
    ) -> None:
        super().__init__(scope, id)
        self._naming = naming
        self._target = AppautoscalingTarget(
            self,
            "target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{cluster_name}/{service.name}",
            min_capacity=settings.min_tasks,
            max_capacity=settings.max_tasks,
            tags=data_class("internal"),
        )
        queue = {"QueueName": jobs.name}
        visible = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue)
        in_flight = Metric("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", queue)
        running = Metric(
            "ECS/ContainerInsights",
            "RunningTaskCount",
            {"ClusterName": cluster_name, "ServiceName": str(service.name)},
            "Average",
        )
        self.alarms = [
            self._start(visible, in_flight),
            self._scale_in(visible, in_flight, running),
        ]
        """What drives the step policies. They are no trouble, and tell nobody."""
        self._scale_out(settings.backlog_per_task, visible, in_flight, running)

    def _start(self, visible: Metric, in_flight: Metric) -> CloudwatchMetricAlarm:
        policy = self._step_policy(
            "worker-start-policy",
            [StepAdjustment(metric_interval_lower_bound="0", scaling_adjustment=1)],
            cooldown_seconds=START_COOLDOWN_SECONDS,
        )
        alarm = expression_alarm(
            self,
            "worker-start",
            naming=self._naming,
            description="Messages wait and nobody works on any: starts the first worker.",
            expression="IF(FILL(in_flight, 0) < 1, visible, 0)",
            label="Messages that wait while none is in flight",
            metrics={"visible": visible, "in_flight": in_flight},
            threshold=1,
        )
        alarm.alarm_actions = [policy.arn]
        return alarm

    def _scale_in(self, visible: Metric, in_flight: Metric, running: Metric) -> CloudwatchMetricAlarm:
        # Bounds are relative to the alarm's threshold of one idle task.
        steps = [
            StepAdjustment(
                metric_interval_lower_bound=str(idle - 1),
                metric_interval_upper_bound=str(following - 1) if following else None,
                scaling_adjustment=-idle,
            )
            for idle, following in zip(IDLE_STEPS, (*IDLE_STEPS[1:], None), strict=True)
        ]
        policy = self._step_policy("worker-scale-in-policy", steps, cooldown_seconds=SCALE_IN_COOLDOWN_SECONDS)
        alarm = expression_alarm(
            self,
            "worker-scale-in",
            naming=self._naming,
            description=f"More workers than messages for {IDLE_MINUTES} minutes: ends idle workers.",
            expression="running - (visible + FILL(in_flight, 0))",
            label="Idle workers",
            metrics={"visible": visible, "in_flight": in_flight, "running": running},
            threshold=1,
            evaluation_periods=IDLE_MINUTES,
        )
        alarm.alarm_actions = [policy.arn]
        return alarm

    def _step_policy(
        self, name: ResourceName, steps: list[StepAdjustment], *, cooldown_seconds: int
    ) -> AppautoscalingPolicy:
        return AppautoscalingPolicy(
            self,
            name,
            name=self._naming.of(name),
            policy_type="StepScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            step_scaling_policy_configuration=StepScaling(
                adjustment_type="ChangeInCapacity",
                # Steps are chosen by the metric's value over the alarm's last period.
                metric_aggregation_type="Minimum" if name == "worker-scale-in-policy" else "Maximum",
                cooldown=cooldown_seconds,
                step_adjustment=steps,
            ),
        )

    def _scale_out(self, backlog_per_task: int, visible: Metric, in_flight: Metric, running: Metric) -> None:
        name: ResourceName = "worker-scale-out-policy"
        queries = [
            TrackedQuery(
                id=id_,
                return_data=False,
                metric_stat=Stat(
                    stat=metric.statistic,
                    metric=StatMetric(
                        namespace=metric.namespace,
                        metric_name=metric.name,
                        dimensions=[StatDimension(name=key, value=value) for key, value in metric.dimensions.items()],
                    ),
                ),
            )
            for id_, metric in {"visible": visible, "in_flight": in_flight, "running": running}.items()
        ]
        ratio = TrackedQuery(
            id="backlog",
            expression="(visible + in_flight) / running",
            label="Messages visible and in flight per running task",
            return_data=True,
        )
        AppautoscalingPolicy(
            self,
            name,
            name=self._naming.of(name),
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=TargetTracking(
                target_value=backlog_per_task,
                disable_scale_in=True,
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
                customized_metric_specification=TrackedMetric(metrics=[*queries, ratio]),
            ),
        )
