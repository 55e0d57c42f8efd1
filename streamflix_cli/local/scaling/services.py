"""Runs the deployed scaling policies of ECS services."""

import logging
import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local.part import Client
from streamflix_cli.local.scaling.metric_math import UnknownMathError
from streamflix_cli.local.scaling.policy import Bounds, Cooldown, adjusted, step_for, tracked
from streamflix_cli.local.scaling.queries import Formula
from streamflix_cli.local.scaling.readings import Window, read, values_of

DIMENSION = "ecs:service:DesiredCount"
TRACKED_PERIODS = 3
"""AWS's own alarm above a target takes three periods of a minute. Here they are thirds of one."""
TRACKED_SECONDS = 20
DEFAULT_COOLDOWN_SECONDS = 300

logger = logging.getLogger(__name__)


class Services:
    """Changes the desired counts of services, within the bounds of their scalable targets.

    Cooldowns are kept in memory: a restart of this process ends them.

    Args:
        autoscaling: Client of Application Auto Scaling.
        ecs: Client of ECS.
        cloudwatch: Client of CloudWatch.
        time_scale: How many times faster than in AWS time passes.
    """

    def __init__(self, autoscaling: Client, ecs: Client, cloudwatch: Client, *, time_scale: float) -> None:
        self._autoscaling = autoscaling
        self._ecs = ecs
        self._cloudwatch = cloudwatch
        self._time_scale = time_scale
        self._policies: dict[str, dict[str, Any]] = {}
        self._bounds: dict[str, Bounds] = {}
        self._cooldowns: defaultdict[str, Cooldown] = defaultdict(Cooldown)
        self._logged: set[str] = set()

    def refresh(self) -> None:
        """Reads the deployed policies and targets."""
        pages = self._autoscaling.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="ecs")
        self._policies = {
            policy["PolicyARN"]: policy
            for page in pages
            for policy in page["ScalingPolicies"]
            if policy["ScalableDimension"] == DIMENSION
        }
        pages = self._autoscaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs")
        self._bounds = {
            target["ResourceId"]: Bounds.of(target)
            for page in pages
            for target in page["ScalableTargets"]
            if target["ScalableDimension"] == DIMENSION
        }

    def step(self, policy_arn: str, distance: float, now: float) -> None:
        """Runs a step scaling policy for a metric that is so far from its alarm's threshold."""
        policy = self._policies.get(policy_arn)
        configuration = policy.get("StepScalingPolicyConfiguration") if policy else None
        if policy is None or configuration is None:
            return
        adjustment = step_for(configuration["StepAdjustments"], distance)
        service = self._service(policy["ResourceId"])
        if adjustment is None or service is None:
            return
        current = service["desiredCount"]
        base = self._cooldowns[policy_arn].base(current, now) if adjustment > 0 else current
        wanted = adjusted(configuration, adjustment, base)
        self._set(
            policy, wanted, current, now, cooldown_seconds=configuration.get("Cooldown", DEFAULT_COOLDOWN_SECONDS)
        )

    def track(self, now: float) -> None:
        """Runs all target tracking policies."""
        windows = {
            arn: window
            for arn, policy in self._policies.items()
            if (window := self._window(policy.get("TargetTrackingScalingPolicyConfiguration")))
        }
        readings = read(self._cloudwatch, list(windows.values()), datetime.now(UTC))
        for arn, window in windows.items():
            try:
                values = values_of(window, readings)
            except UnknownMathError as error:
                self._log_once(arn, str(error))
                continue
            if not any(math.isnan(value) for value in values):
                self._track(self._policies[arn], values, now)

    def _track(self, policy: Mapping[str, Any], values: list[float], now: float) -> None:
        service = self._service(policy["ResourceId"])
        if service is None:
            return
        configuration = policy["TargetTrackingScalingPolicyConfiguration"]
        current = service["desiredCount"]
        base = min(service["runningCount"], self._cooldowns[policy["PolicyARN"]].base(current, now))
        wanted = tracked(values, target=configuration["TargetValue"], base=base, current=current)
        if wanted < current and configuration.get("DisableScaleIn"):
            return
        key = "ScaleOutCooldown" if wanted > current else "ScaleInCooldown"
        self._set(policy, wanted, current, now, cooldown_seconds=configuration.get(key, DEFAULT_COOLDOWN_SECONDS))

    def _window(self, configuration: Mapping[str, Any] | None) -> Window | None:
        metric = (configuration or {}).get("CustomizedMetricSpecification")
        if metric is None:
            return None
        period = max(1, round(TRACKED_SECONDS / self._time_scale))
        if "Metrics" in metric:
            formula = Formula.of_queries(metric["Metrics"])
        else:
            formula = Formula.single(metric, metric["Statistic"], period)
        return Window(formula, period, TRACKED_PERIODS)

    def _set(
        self, policy: Mapping[str, Any], wanted: int, current: int, now: float, *, cooldown_seconds: float
    ) -> None:
        resource, arn = policy["ResourceId"], policy["PolicyARN"]
        bounds = self._bounds.get(resource)
        if bounds is None:
            return
        admitted = bounds.admit(wanted, current)
        # Bounds alone move nothing against the policy's direction.
        if (admitted - current) * (wanted - current) <= 0 or not self._cooldowns[arn].admits(admitted, current, now):
            return
        _, cluster, service = resource.split("/")
        try:
            self._ecs.update_service(cluster=cluster, service=service, desiredCount=admitted)
        except ClientError as error:
            # A service that is just deleted leaves alarms and other services alone.
            logger.warning("%s: %s", policy["PolicyName"], error)
            return
        self._cooldowns[arn].note(admitted, current, now, seconds=cooldown_seconds / self._time_scale)
        logger.info("%s: %s from %d to %d", policy["PolicyName"], service, current, admitted)

    def _service(self, resource: str) -> dict[str, Any] | None:
        _, cluster, name = resource.split("/")
        try:
            services = self._ecs.describe_services(cluster=cluster, services=[name])["services"]
        except ClientError as error:
            self._log_once(resource, str(error))
            return None
        return next((service for service in services if service["status"] == "ACTIVE"), None)

    def _log_once(self, subject: str, problem: str) -> None:
        if subject not in self._logged:
            self._logged.add(subject)
            logger.warning("%s does not scale: %s", subject, problem)
