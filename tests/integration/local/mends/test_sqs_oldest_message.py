import time
from datetime import UTC, datetime, timedelta
from typing import Any


def age(cloudwatch: Any, queue: str) -> float:
    now = datetime.now(UTC)
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    (answer,) = cloudwatch.get_metric_data(
        StartTime=now - timedelta(seconds=60),
        EndTime=now,
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
    )["MetricDataResults"]
    (value,) = answer["Values"]
    return float(value)


def test_a_message_ages_until_it_is_deleted_received_or_not(clients: Any) -> None:
    sqs, cloudwatch = clients("sqs"), clients("cloudwatch")
    url = sqs.create_queue(QueueName="ageing")["QueueUrl"]
    assert age(cloudwatch, "ageing") == 0
    sqs.send_message(QueueUrl=url, MessageBody="1")
    time.sleep(0.5)
    sqs.send_message(QueueUrl=url, MessageBody="2")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert age(cloudwatch, "ageing") >= 0.5
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert 0 < age(cloudwatch, "ageing") < 0.5
