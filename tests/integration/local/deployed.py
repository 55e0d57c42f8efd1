"""Parts of the synthesized stack in a control plane: what Terraform's provider would make of their JSON, sooner.

Only what the local cloud acts on is made. A reference to anything else is that thing's name.
"""

import re
from collections.abc import Iterator
from typing import Any

from lib.profile import Profile
from tests.integration.local.parts import REGION, client_of
from tests.unit.lib.synthesis import Resource, synthesize_pipeline

ACCOUNT = "123456789012"
SUFFIX = "t1"
REFERENCE = re.compile(r"\$\{(?:data\.)?(aws_\w+)\.([\w-]+)\.(\w+)\}")
OF_TERRAFORM = {"//", "depends_on", "lifecycle", "provider", "tags"}
PLURAL = {"Filter": "Filters", "StepAdjustment": "StepAdjustments"}
"""Blocks that a configuration repeats are one list in the API."""


def subject_of(alarm: Resource) -> str:
    """What an alarm is on, as its heading in the runbook says."""
    return str(alarm["alarm_name"]).removeprefix("alarm-").removesuffix(f"-{SUFFIX}")


class Deployed:
    """A stack that is synthesized, of which parts are deployed.

    Args:
        profile: Its inputs.
        endpoint: URL of the control plane.
    """

    def __init__(self, profile: Profile, endpoint: str) -> None:
        self.stack = synthesize_pipeline(profile, suffix=SUFFIX)
        self.endpoint = endpoint
        self._arns: dict[str, str] = {}

    def client(self, service: str) -> Any:
        return client_of(service, self.endpoint)

    def resources(self, type_: str) -> Iterator[tuple[str, Resource]]:
        """Addresses and arguments of all resources of a type, references resolved."""
        for id_, resource in self.stack.document["resource"][type_].items():
            arguments = {name: value for name, value in resource.items() if name not in OF_TERRAFORM}
            yield f"{type_}.{id_}", self._resolved(arguments)

    def name(self, type_: str) -> str:
        """The name of the only resource of a type."""
        ((_, resource),) = self.resources(type_)
        return str(resource["name"])

    def queues(self) -> dict[str, str]:
        """Makes all queues; their URLs by name without suffix. They redrive nothing here."""
        urls = {}
        for address, queue in self.resources("aws_sqs_queue"):
            name = queue["name"]
            attributes = {"VisibilityTimeout": str(queue["visibility_timeout_seconds"])}
            urls[name.removesuffix(f"-{SUFFIX}")] = self.client("sqs").create_queue(
                QueueName=name, Attributes=attributes
            )["QueueUrl"]
            self._arns[address] = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        return urls

    def topics(self) -> dict[str, str]:
        """Makes all topics; their ARNs by name without suffix."""
        arns = {}
        for address, topic in self.resources("aws_sns_topic"):
            arn = self._arns[address] = self.client("sns").create_topic(Name=topic["name"])["TopicArn"]
            arns[topic["name"].removesuffix(f"-{SUFFIX}")] = arn
        return arns

    def cluster(self) -> str:
        """Makes the cluster; its name."""
        ((address, cluster),) = self.resources("aws_ecs_cluster")
        made = self.client("ecs").create_cluster(clusterName=cluster["name"], settings=cluster["setting"])
        self._arns[address] = made["cluster"]["clusterArn"]
        return str(cluster["name"])

    def stream_and_pipe(self) -> str:
        """Makes the stream and the pipe; the stream's name."""
        ((address, stream),) = self.resources("aws_kinesis_stream")
        self.client("kinesis").create_stream(StreamName=stream["name"], ShardCount=stream["shard_count"])
        self._arns[address] = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream['name']}"
        ((_, pipe),) = self.resources("aws_pipes_pipe")
        self.client("pipes").create_pipe(
            Name=pipe["name"],
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/pipe",
            Source=pipe["source"],
            Target=pipe["target"],
            SourceParameters=_in_the_api(pipe["source_parameters"]),
        )
        return str(stream["name"])

    def log_metrics(self) -> str:
        """Makes the metric filter and its log group, with a stream `s`; the group's name."""
        ((_, log_filter),) = self.resources("aws_cloudwatch_log_metric_filter")
        logs, group, metric = self.client("logs"), log_filter["log_group_name"], log_filter["metric_transformation"]
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        transformation = {
            "metricName": metric["name"],
            "metricNamespace": metric["namespace"],
            "metricValue": metric["value"],
            "defaultValue": float(metric["default_value"]),
        }
        logs.put_metric_filter(
            logGroupName=group,
            filterName=log_filter["name"],
            filterPattern=log_filter["pattern"],
            metricTransformations=[transformation],
        )
        return str(group)

    def rules(self) -> None:
        """Makes all rules with their targets."""
        events = self.client("events")
        for _, rule in self.resources("aws_cloudwatch_event_rule"):
            events.put_rule(Name=rule["name"], EventPattern=rule["event_pattern"])
        for _, target in self.resources("aws_cloudwatch_event_target"):
            transformer = target["input_transformer"]
            made = {
                "Id": target["target_id"],
                "Arn": target["arn"],
                "InputTransformer": {
                    "InputPathsMap": transformer["input_paths"],
                    "InputTemplate": transformer["input_template"],
                },
                "RetryPolicy": _in_the_api(target["retry_policy"]),
            }
            events.put_targets(Rule=target["rule"], Targets=[made])

    def scaling(self) -> None:
        """Makes the scalable target and all policies."""
        autoscaling = self.client("application-autoscaling")
        for _, target in self.resources("aws_appautoscaling_target"):
            autoscaling.register_scalable_target(**_in_the_api(target))
        for address, policy in self.resources("aws_appautoscaling_policy"):
            made = autoscaling.put_scaling_policy(PolicyName=policy.pop("name"), **_in_the_api(policy))
            self._arns[address] = made["PolicyARN"]

    def alarms(self) -> None:
        """Makes all alarms. Whatever their actions name is made before."""
        for _, alarm in self.resources("aws_cloudwatch_metric_alarm"):
            arguments = _in_the_api(alarm)
            if "MetricQuery" in arguments:
                arguments["Metrics"] = [_query(query) for query in arguments.pop("MetricQuery")]
            self.client("cloudwatch").put_metric_alarm(**arguments)

    def service(self, cluster: str, container: dict[str, Any]) -> str:
        """Makes the service with no task wanted, and a container in the place of the worker's; its name."""
        ecs, ec2, name = self.client("ecs"), self.client("ec2"), self.name("aws_ecs_service")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
        ecs.create_service(
            cluster=cluster,
            serviceName=name,
            taskDefinition=self.task_definition("worker", container),
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        )
        return name

    def task_definition(self, family: str, container: dict[str, Any]) -> str:
        """Makes a task definition of one container; its ARN."""
        made = self.client("ecs").register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": family, "image": "none", "memory": 512, **container}],
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str):
            return REFERENCE.sub(self._attribute, value)
        if isinstance(value, dict):
            return {name: self._resolved(item) for name, item in value.items()}
        return [self._resolved(item) for item in value] if isinstance(value, list) else value

    def _attribute(self, reference: re.Match[str]) -> str:
        type_, id_, attribute = reference.groups()
        if attribute == "arn":
            return self._arns.get(f"{type_}.{id_}", id_)
        resource = self.stack.document["resource"].get(type_, {}).get(id_, {})
        return str(self._resolved(resource.get(attribute, id_)))


def _in_the_api(value: Any) -> Any:
    """Arguments of a resource as those of the API are spelled: `policy_type` is `PolicyType`, at every depth."""
    if isinstance(value, list):
        return [_in_the_api(item) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for name, item in value.items():
        key = "OKActions" if name == "ok_actions" else "".join(word.capitalize() for word in name.split("_"))
        if name == "dimensions" and isinstance(item, dict):
            made[key] = [{"Name": dimension, "Value": subject} for dimension, subject in item.items()]
        elif name.startswith("metric_interval_"):
            made[key] = float(item)
        else:
            made[PLURAL.get(key, key)] = _in_the_api(item)
    return made


def _query(query: dict[str, Any]) -> dict[str, Any]:
    """A query of a metric alarm: the provider has in `metric` what the API has in `MetricStat`, and returns nothing."""
    metric = query.pop("Metric", None)
    if metric is not None:
        query["MetricStat"] = {"Period": metric.pop("Period"), "Stat": metric.pop("Stat"), "Metric": metric}
    return {"ReturnData": False, **query}
