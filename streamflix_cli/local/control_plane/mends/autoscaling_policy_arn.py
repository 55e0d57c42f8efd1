"""`PutScalingPolicy` gives a policy that is changed another ARN: alarms go on naming the old one.

The alarms that it made for the old version of a target tracking policy stay behind as well.
"""

from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeApplicationAutoscalingPolicy

from streamflix_cli.local.control_plane.patch import Method, wrap


def _keep_arn(put: Method) -> Method:
    def put_scaling_policy(
        self: ApplicationAutoscalingBackend, *args: Any, **settings: Any
    ) -> FakeApplicationAutoscalingPolicy:
        before = dict(self.policies)
        policy: FakeApplicationAutoscalingPolicy = put(self, *args, **settings)
        key = policy.formulate_key(
            policy.service_namespace, policy.resource_id, policy.scalable_dimension, policy.policy_name
        )
        if key in before:
            before[key].delete_alarms(self.account_id, self.region_name)
            policy.policy_arn = before[key].policy_arn
        return policy

    return put_scaling_policy


def apply() -> None:
    """Keeps the ARN, and no alarms of what was replaced."""
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _keep_arn)
