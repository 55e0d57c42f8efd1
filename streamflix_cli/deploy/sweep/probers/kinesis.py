"""Kinesis streams."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class KinesisStream(Prober):
    """By stream name."""

    type = "kinesis_stream"
    arn = r"kinesis:stream/(?P<id>[^/]+)"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-stream"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("kinesis").describe_stream_summary, StreamName=id)
        return None if answer is None else str(answer["StreamDescriptionSummary"]["StreamStatus"])

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("kinesis").delete_stream, StreamName=id, EnforceConsumerDeletion=True)
