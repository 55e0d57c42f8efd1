"""Log groups: the stack's own, and those that services write for its resources."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class LogGroup(Prober):
    """By log group name."""

    type = "log_group"
    arn = r"logs:log-group:(?P<id>[^:]+)(:\*)?"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        naming = search.naming
        folders = [
            naming.log_group("worker").rpartition("/")[0] + "/",
            f"/aws/rds/cluster/{naming.of('aurora-cluster')}/",
            f"/aws/ecs/containerinsights/{naming.of('ecs-cluster')}/",
        ]
        for folder in folders:
            yield from self.named(self._list(search.cloud, folder))
        yield from self.named(f"/aws/vendedlogs/pipes/{name}" for name in names_ending(naming, "-pipe"))
        yield from self.named(f"/aws/lambda/{name}" for name in names_ending(naming, "-function"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        return "exists" if id in self._list(cloud, id) else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("logs").delete_log_group, logGroupName=id)

    @staticmethod
    def _list(cloud: Cloud, prefix: str) -> list[str]:
        groups = cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        return [group["logGroupName"] for group in groups]
