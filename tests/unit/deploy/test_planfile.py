"""`terraform show -json` becomes a plan with counts, reasons and warnings."""

import json
from typing import Any

from streamflix_cli.deploy.planfile import Plan, parse_plan
from streamflix_cli.deploy.results import PlanResult
from streamflix_cli.ui.plan import COMMENT_LIMIT, markdown, warnings


def resource(address: str, actions: list[str], before: Any = None, after: Any = None, **change: Any) -> dict[str, Any]:
    kind, _, name = address.partition(".")
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}, **change},
    }


def plan_of(*resources: dict[str, Any], **document: Any) -> Plan:
    return parse_plan(json.dumps({"resource_changes": resources, **document}))


def result_of(plan: Plan) -> PlanResult:
    return PlanResult(**plan.model_dump(), environment="dev", target="aws")


def test_each_action_is_counted_and_what_stays_is_left_out() -> None:
    data_source = {**resource("aws_caller_identity.me", ["read"]), "mode": "data"}
    plan = plan_of(
        resource("aws_sns_topic.new", ["create"], after={"name": "new-dev"}),
        resource("aws_sns_topic.other", ["update"], {"tags": {}, "fifo": False}, {"tags": {"a": "b"}, "fifo": False}),
        resource("aws_sns_topic.gone", ["delete"], {"name": "gone-dev"}),
        resource("aws_subnet.first", ["create", "delete"], {}, {}),
        resource("aws_subnet.second", ["delete", "create"], {}, {}),
        resource("aws_sns_topic.same", ["no-op"], {}, {}),
        data_source,
    )
    assert (plan.create, plan.update, plan.replace, plan.delete) == (1, 1, 2, 1)
    by_address = {change.address: change for change in plan.changes}
    assert by_address["aws_sns_topic.other"].attributes == ["tags"]
    assert by_address["aws_sns_topic.new"].name == "new-dev"
    assert len(by_address) == 5


def test_of_an_update_only_what_differs_or_is_not_known_is_told() -> None:
    function = {"layers": ["a"], "environment": [{"variables": {"A": "a"}}], "logging": [{"format": "JSON"}]}
    not_known = {"layers": [False], "environment": [{"variables": {"A": True}}], "logging": [{}], "version": True}
    plan = plan_of(resource("aws_lambda_function.f", ["update"], function, function, after_unknown=not_known))
    assert plan.changes[0].attributes == ["environment", "version"]


def test_an_import_is_an_adoption_with_what_it_changes() -> None:
    imported = {"importing": {"id": "x"}}
    plan = plan_of(
        resource("aws_sns_topic.same", ["no-op"], {"name": "a"}, {"name": "a"}, **imported),
        resource("aws_sqs_queue.other", ["update"], {"delay_seconds": 1}, {"delay_seconds": 2}, **imported),
        resource("aws_s3_bucket.bad", ["delete", "create"], {}, {}, replace_paths=[["bucket"]], **imported),
    )
    assert (plan.adopt, plan.update, plan.replace, plan.operations) == (2, 0, 1, 5)
    by_address = {change.address: change for change in plan.changes}
    assert by_address["aws_sns_topic.same"].attributes == []
    assert by_address["aws_sqs_queue.other"].attributes == ["delay_seconds"]
    assert by_address["aws_s3_bucket.bad"].loses_data


def test_losses_of_data_come_first_and_are_warned_about() -> None:
    plan = plan_of(
        resource("aws_sns_topic.a", ["create"], after={}),
        resource("aws_s3_bucket.raw", ["delete", "create"], {"bucket": "raw-dev"}, {}, replace_paths=[["bucket"]]),
        resource("aws_sns_topic.b", ["delete", "create"], {}, {}),
    )
    first = plan.changes[0]
    assert (first.address, first.loses_data, first.attributes) == ("aws_s3_bucket.raw", True, ["bucket"])
    assert [change.loses_data for change in plan.changes[1:]] == [False, False]
    assert warnings(plan) == ["aws_s3_bucket.raw (raw-dev) will be replaced: what it holds is lost."]


def test_shard_changes_that_kinesis_refuses_in_one_step_are_named() -> None:
    def shards(before: int, after: int) -> Plan:
        return plan_of(resource("aws_kinesis_stream.s", ["update"], {"shard_count": before}, {"shard_count": after}))

    assert [bool(shards(*pair).shard_changes) for pair in ((2, 4), (2, 5), (4, 2), (4, 1), (5, 2))] == [
        False,
        True,
        False,
        True,
        True,
    ]
    assert "from 2 to 5 shards" in warnings(shards(2, 5))[0]


def test_a_plan_that_changes_only_outputs_is_not_empty() -> None:
    assert plan_of(output_changes={"url": {"actions": ["no-op"]}}).empty
    assert not plan_of(output_changes={"url": {"actions": ["create"]}}).empty


def test_a_comment_begins_with_its_marker_and_folds_the_changes_away() -> None:
    text = markdown(result_of(plan_of(resource("aws_sns_topic.a", ["create"], after={"name": "a-dev"}))))
    assert text.startswith("<!-- streamflix-plan:dev -->\n")
    assert "| 1 | 0 | 0 | 0 |" in text
    assert "<details><summary>1 changes</summary>" in text
    assert "Nothing to change." in markdown(result_of(plan_of()))


def test_a_comment_of_a_huge_plan_stays_within_the_limit_and_says_what_it_leaves_out() -> None:
    plan = plan_of(*[resource(f"aws_sns_topic.topic{number}", ["create"], after={}) for number in range(3000)])
    text = markdown(result_of(plan))
    assert len(text) <= COMMENT_LIMIT
    shown = text.count("| create | `aws_sns_topic.")
    assert f"and {3000 - shown} more" in text
