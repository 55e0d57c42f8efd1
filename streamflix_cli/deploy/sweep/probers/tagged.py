"""What the tagging API lists of types that no other prober knows."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober


class OtherTagged(Prober):
    """By ARN, on the word of the tagging API alone: no service is known here that could confirm it."""

    type = "other"
    arn = r".+:.+"
    patience_seconds = 0

    def candidates(self, search: Search) -> Iterable[Leftover]:  # noqa: ARG002
        """Nothing: such a resource is found by its tags only."""
        return ()

    def state(self, cloud: Cloud, id: str) -> str | None:
        client = cloud.client("resourcegroupstaggingapi")
        listed = client.get_resources(ResourceARNList=[id])["ResourceTagMappingList"]
        return "listed by the tagging API" if listed else None

    def delete(self, cloud: Cloud, id: str) -> None:
        """Nothing: it is not known how. The resource stays reported."""
