"""EventBridge rules whose targets are queues, directly or behind a topic."""

import json
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"


class Rule:
    """A rule on the default bus for events of the source `test`, without targets.

    Args:
        clients: Makes clients of the control plane.
        name: Of the rule, and of all that is made with it.
        detail: What its pattern asks of an event's detail.
    """

    def __init__(self, clients: Any, name: str, *, detail: dict[str, Any] | None = None) -> None:
        self.name = name
        self.events, self.sqs, self.sns = clients("events"), clients("sqs"), clients("sns")
        self.watch("test", name, detail)

    def watch(self, source: str, detail_type: str, detail: dict[str, Any] | None) -> None:
        """Changes what the rule is for."""
        pattern = {"source": [source], "detail-type": [detail_type], **({"detail": detail} if detail else {})}
        self.events.put_rule(Name=self.name, EventPattern=json.dumps(pattern))

    def target(self, id_: str, arn: str, **settings: Any) -> None:
        self.events.put_targets(Rule=self.name, Targets=[{"Id": id_, "Arn": arn, **settings}])

    def queue(self, name: str = "") -> tuple[str, str]:
        """The URL and the ARN of a new queue."""
        name = name or self.name
        return self.sqs.create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def topic(self) -> tuple[str, str]:
        """The URL of a new queue and the ARN of a new topic that it subscribes to."""
        url, queue = self.queue()
        topic = str(self.sns.create_topic(Name=self.name)["TopicArn"])
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        return url, topic

    def put(self, **detail: Any) -> None:
        self.events.put_events(Entries=[{"Source": "test", "DetailType": self.name, "Detail": json.dumps(detail)}])

    def received(self, url: str) -> list[Any]:
        """Bodies of the messages in a queue; they stay hidden."""
        messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]
