"""CloudWatch alarms and dashboards."""

from collections.abc import Iterable
from typing import Any

from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers.base import Prober, names_ending

_ALARM_TYPES = ["MetricAlarm", "CompositeAlarm"]


class Alarm(Prober):
    """The stack's alarms."""

    type = "cloudwatch_alarm"
    arn = r"cloudwatch:alarm:(?P<id>.+)"
    missing = frozenset({"ResourceNotFound"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        cloud = search.cloud
        # `alarm-errors-eu-dev` may be `eu-dev`'s alarm on `errors`: only its tags can tell.
        for alarm in self._list(cloud, AlarmNamePrefix="alarm-"):
            if alarm["AlarmName"].endswith(f"-{search.naming.suffix}"):
                tags = cloud.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
                if search.owns(tags):
                    yield from self.named([alarm["AlarmName"]])

    def state(self, cloud: Cloud, id: str) -> str | None:
        return next((alarm["StateValue"] for alarm in self._list(cloud, AlarmNames=[id])), None)

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("cloudwatch").delete_alarms, AlarmNames=[id])

    @staticmethod
    def _list(cloud: Cloud, **which: Any) -> list[dict[str, str]]:
        listing = ("cloudwatch", "describe_alarms")
        return [
            alarm
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in cloud.pages(*listing, kind, AlarmTypes=_ALARM_TYPES, **which)
        ]


class ScalingAlarm(Alarm):
    """Those that Application Auto Scaling makes for its policies, and deletes with them. They bear no tags."""

    type = "scaling_alarm"
    arn = r"cloudwatch:alarm:(?P<id>TargetTracking-.+)"

    def candidates(self, search: Search) -> Iterable[Leftover]:
        of_cluster = f"TargetTracking-service/{search.naming.of('ecs-cluster')}/"
        return self.named(alarm["AlarmName"] for alarm in self._list(search.cloud, AlarmNamePrefix=of_cluster))


class Dashboard(Prober):
    """By dashboard name."""

    type = "cloudwatch_dashboard"
    arn = r"cloudwatch:dashboard/(?P<id>.+)"
    missing = frozenset({"ResourceNotFound", "DashboardNotFoundError"})

    def candidates(self, search: Search) -> Iterable[Leftover]:
        return self.named(names_ending(search.naming, "dashboard"))

    def state(self, cloud: Cloud, id: str) -> str | None:
        answer = self.ask(cloud.client("cloudwatch").get_dashboard, DashboardName=id)
        return None if answer is None else "exists"

    def delete(self, cloud: Cloud, id: str) -> None:
        self.ask(cloud.client("cloudwatch").delete_dashboards, DashboardNames=[id])
