"""SSM parameters."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober


class SsmParameter(Prober):
    """Everything under the environment's path."""

    type = "ssm_parameter"
    arn = r"ssm:parameter(?P<id>/.+)"
    missing = frozenset({"ParameterNotFound"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        path = search.naming.parameter_path.rpartition("/")[0]
        return self.named(self._list(search.cloud, Key="Path", Option="Recursive", Values=[path]))

    def state(self, cloud: Cloud, id: str) -> str | None:
        return "exists" if self._list(cloud, Key="Name", Option="Equals", Values=[id]) else None

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("ssm").delete_parameter, Name=id)

    @staticmethod
    def _list(cloud: Cloud, **parameter_filter: object) -> list[str]:
        found = cloud.pages("ssm", "describe_parameters", "Parameters", ParameterFilters=[parameter_filter])
        return [parameter["Name"] for parameter in found]
