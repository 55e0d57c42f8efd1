"""The present values of the metrics that services publish."""

from collections.abc import Iterator
from typing import Any

from streamflix_cli.local.part import Client

Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, metric, dimensions as name and value."""

QUEUE_ATTRIBUTES = {
    "ApproximateNumberOfMessages": "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
"""Metrics by queue attribute. The age of the oldest message is no attribute; the control plane makes that metric."""

SERVICE_COUNTS = {
    "runningCount": "RunningTaskCount",
    "desiredCount": "DesiredTaskCount",
    "pendingCount": "PendingTaskCount",
}
SERVICES_A_CALL = 10
"""Of DescribeServices."""


def queue_metrics(sqs: Client) -> dict[Series, float]:
    """`AWS/SQS` of every queue."""
    values: dict[Series, float] = {}
    for page in sqs.get_paginator("list_queues").paginate():
        for url in page.get("QueueUrls", []):
            try:
                attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(QUEUE_ATTRIBUTES))["Attributes"]
            except sqs.exceptions.QueueDoesNotExist:
                continue
            dimensions = (("QueueName", url.rpartition("/")[2]),)
            for attribute, metric in QUEUE_ATTRIBUTES.items():
                values["AWS/SQS", metric, dimensions] = float(attributes[attribute])
    return values


def service_metrics(ecs: Client) -> dict[Series, float]:
    """`ECS/ContainerInsights` of every service with a running task, in clusters that have Container Insights on.

    Without a running task there are no metrics (ECS developer guide, "Container Insights", considerations).
    """
    values: dict[Series, float] = {}
    for cluster, service in _services(ecs):
        if service["runningCount"]:
            dimensions = (("ClusterName", cluster), ("ServiceName", service["serviceName"]))
            for count, metric in SERVICE_COUNTS.items():
                values["ECS/ContainerInsights", metric, dimensions] = float(service[count])
    return values


def _services(ecs: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    arns = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    for cluster in ecs.describe_clusters(clusters=arns, include=["SETTINGS"])["clusters"] if arns else []:
        settings = {setting["name"]: setting["value"] for setting in cluster.get("settings", [])}
        if cluster["status"] != "ACTIVE" or settings.get("containerInsights", "disabled") == "disabled":
            continue
        name = cluster["clusterName"]
        pages = ecs.get_paginator("list_services").paginate(cluster=name)
        services = [arn for page in pages for arn in page["serviceArns"]]
        for first in range(0, len(services), SERVICES_A_CALL):
            some = services[first : first + SERVICES_A_CALL]
            for service in ecs.describe_services(cluster=name, services=some)["services"]:
                yield name, service
