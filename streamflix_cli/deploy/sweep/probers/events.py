"""EventBridge rules and EventBridge Scheduler's schedules."""

from collections.abc import Iterable

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending


class EventRule(Prober):
    """By rule name, on the default bus."""

    type = "event_rule"
    arn = r"events:rule/(?P<id>[^/]+)"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-rule", "-schedule"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("events").describe_rule, Name=id)
        return None if answer is None else str(answer["State"])

    def delete(self, cloud: Cloud, id: str) -> None:
        if self.state(cloud, id) is None:
            return
        targets = cloud.pages("events", "list_targets_by_rule", "Targets", Rule=id)
        if targets:
            cloud.client("events").remove_targets(Rule=id, Ids=[target["Id"] for target in targets])
        self.ask(cloud.client("events").delete_rule, Name=id)


class Schedule(Prober):
    """By schedule name, in the default group."""

    type = "schedule"
    arn = r"scheduler:schedule/default/(?P<id>.+)"
    missing = frozenset({"ResourceNotFoundException"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "-schedule"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("scheduler").get_schedule, Name=id)
        return None if answer is None else str(answer["State"])

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("scheduler").delete_schedule, Name=id)
