"""EventBridge Pipes."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class Pipe(Prober):
    """By pipe name."""

    type = "pipe"
    arn = r"pipes:pipe/(?P<id>.+)"
    missing = frozenset({"NotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-pipe"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("pipes").describe_pipe, Name=id)
        return None if answer is None else str(answer["CurrentState"])

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("pipes").delete_pipe, Name=id)
