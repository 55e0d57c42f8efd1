from typing import Any

RESOURCE = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/videos",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}


def test_a_changed_policy_keeps_its_arn_and_its_number_of_alarms(clients: Any) -> None:
    autoscaling, cloudwatch = clients("application-autoscaling"), clients("cloudwatch")
    autoscaling.register_scalable_target(**RESOURCE, MinCapacity=0, MaxCapacity=9)

    def put(target: float) -> tuple[str, int]:
        arn = autoscaling.put_scaling_policy(
            PolicyName="track",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": target},
            **RESOURCE,
        )["PolicyARN"]
        return arn, len(cloudwatch.describe_alarms(AlarmNamePrefix="TargetTracking-table/videos")["MetricAlarms"])

    first = put(1)
    assert put(2) == first
    (policy,) = autoscaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 2
