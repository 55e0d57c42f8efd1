"""Queues, with or without messages."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class SqsQueue(Prober):
    """By queue name."""

    type = "sqs_queue"
    arn = r"sqs:(?P<id>[^:]+)"
    missing = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-queue"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        url = self._url(cloud, id)
        if url is None:
            return None
        answer = self.ask(
            cloud.client("sqs").get_queue_attributes, QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return None if answer is None else f"{answer['Attributes']['ApproximateNumberOfMessages']} messages"

    def delete(self, cloud: Cloud, id: str) -> None:
        url = self._url(cloud, id)
        if url is not None:
            self.ask(cloud.client("sqs").delete_queue, QueueUrl=url)

    def _url(self, cloud: Cloud, name: str) -> str | None:
        answer = self.ask(cloud.client("sqs").get_queue_url, QueueName=name)
        return None if answer is None else str(answer["QueueUrl"])
