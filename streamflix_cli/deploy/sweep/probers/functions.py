"""Lambda functions."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class LambdaFunction(Prober):
    """By function name."""

    type = "lambda_function"
    arn = r"lambda:function:(?P<id>[^:]+)"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-function"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("lambda").get_function_configuration, FunctionName=id)
        return None if answer is None else str(answer.get("State", "Active"))

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("lambda").delete_function, FunctionName=id)
