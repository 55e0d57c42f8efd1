"""A rule's delivery ends at its first target that is a topic, or that fails, and shows in no metric.

A disabled rule delivers too, and one that has a schedule and no pattern delivers every event.
"""

import copy
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import ServiceException
from moto.events.models import Rule
from moto.events.utils import EventTemplateParser
from moto.sns.models import sns_backends
from moto.utilities.arns import parse_arn
from werkzeug.exceptions import HTTPException

from streamflix_cli.local.control_plane.patch import Method, wrap

logger = logging.getLogger(__name__)


def _publish(target: Mapping[str, Any], event: dict[str, Any]) -> None:
    """Sends an event, or what the target's transformer makes of it, to a topic."""
    told = {name: value for name, value in event.items() if name != "ingestion-time"}
    if not isinstance(event["time"], str):
        told["time"] = datetime.fromtimestamp(event["time"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    transformer = target.get("InputTransformer")
    message: Any = told
    if transformer is not None:
        ingested = {**told, "ingestion-time": event["ingestion-time"]}
        message = EventTemplateParser.parse(
            transformer["InputTemplate"],
            transformer.get("InputPathsMap", {}),
            ingested,  # type: ignore[arg-type]
        )
    arn = parse_arn(target["Arn"])
    # A text keeps its quotation marks, as it does in mails from AWS.
    sns_backends[arn.account][arn.region].publish(json.dumps(message), target["Arn"])


def _count(rule: Rule, metric: str) -> None:
    """Adds to a metric of a rule (user guide, "EventBridge metrics")."""
    dimensions = [{"Name": "RuleName", "Value": rule.name}]
    if rule.event_bus_name != "default":
        dimensions.append({"Name": "EventBusName", "Value": rule.event_bus_name})
    datum = {"MetricName": metric, "Dimensions": dimensions, "Value": 1.0, "Unit": "Count"}
    cloudwatch_backends[rule.account_id][rule.region_name].put_metric_data("AWS/Events", [datum])


def _to_every_target(send: Method) -> Method:
    def send_to_targets(self: Rule, original_event: dict[str, Any], transform_input: bool = True) -> None:
        only_scheduled = self.scheduled_expression and not self.event_pattern.get_pattern()
        if self.state == "DISABLED" or only_scheduled or not self.event_pattern.matches_event(original_event):  # type: ignore[arg-type]
            return
        for metric in ("MatchedEvents", "TriggeredRules"):
            _count(self, metric)
        for target in self.targets:
            _count(self, "Invocations")
            try:
                if parse_arn(target["Arn"]).service == "sns":
                    _publish(target, original_event)
                else:
                    alone = copy.copy(self)
                    alone.targets = [target]
                    send(alone, original_event, transform_input)
            except (HTTPException, ServiceException, NotImplementedError, LookupError, TypeError, ValueError):
                logger.exception("%s cannot deliver to %s", self.name, target["Arn"])
                _count(self, "FailedInvocations")

    return send_to_targets


def apply() -> None:
    """Delivers to topics, and to every target whatever becomes of the others."""
    wrap(Rule, "send_to_targets", _to_every_target)
