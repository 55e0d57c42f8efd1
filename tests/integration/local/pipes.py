"""A stream, a pipe and its queues, deployed in a control plane."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.integration.local.parts import REGION, client_of, eventually

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipe"
SUBMISSIONS = {"Filters": [{"Pattern": json.dumps({"partitionKey": [{"prefix": "submit/"}]})}]}


class Pipe(NamedTuple):
    """A stream, a pipe and its two queues."""

    endpoint: str
    name: str

    def client(self, service: str) -> Any:
        return client_of(service, self.endpoint)

    def create(self, *, state: str = "RUNNING", **parameters: Any) -> None:
        self.client("kinesis").create_stream(StreamName=self.name, ShardCount=1)
        for queue in (self.name, f"{self.name}-dead"):
            self.client("sqs").create_queue(QueueName=queue)
        kinesis = {
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 10,
            "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
            "MaximumRetryAttempts": 1,
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-dead"},
        }
        self.client("pipes").create_pipe(
            Name=self.name,
            RoleArn=ROLE,
            DesiredState=state,
            Source=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{self.name}",
            Target=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}",
            SourceParameters={"KinesisStreamParameters": {**kinesis, **parameters}, "FilterCriteria": SUBMISSIONS},
            LogConfiguration={
                "Level": "ERROR",
                "CloudwatchLogsLogDestination": {
                    "LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.name}"
                },
            },
        )

    def put(self, key: str, data: bytes = b"{}") -> None:
        self.client("kinesis").put_record(StreamName=self.name, PartitionKey=key, Data=data)

    def receive(self, count: int, *, queue: str = "", seconds: float = 20) -> list[dict[str, Any]]:
        """The first `count` messages of the target, or of `queue`, deleted there."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=queue or self.name)["QueueUrl"]
        bodies: list[dict[str, Any]] = []

        def enough() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(bodies) >= count

        eventually(enough, seconds)
        return bodies

    def metric(self, namespace: str, metric: str, dimension: str) -> float:
        return total(self.client("cloudwatch"), namespace, metric, dimension, self.name)


def total(cloudwatch: Any, namespace: str, metric: str, dimension: str, subject: str) -> float:
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": subject}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(seconds=5),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def keys(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["partitionKey"] for body in bodies]
