"""Topics; subscriptions go with them."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class SnsTopic(Prober):
    """By topic ARN, which the name determines."""

    type = "sns_topic"
    arn = r"sns:[^:]+"
    missing = frozenset({"NotFound", "NotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        prefix = f"arn:{search.partition}:sns:{search.region}:{search.account_id}"
        return self.named(f"{prefix}:{name}" for name in names_ending(search.naming, "-topic"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("sns").get_topic_attributes, TopicArn=id)
        return None if answer is None else f"{answer['Attributes'].get('SubscriptionsConfirmed', '0')} subscriptions"

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("sns").delete_topic, TopicArn=id)
