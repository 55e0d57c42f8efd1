from typing import Any

from tests.integration.local.mends.rules import Rule


def passed(clients: Any, name: str, pattern: dict[str, Any], *events: dict[str, Any]) -> list[int]:
    """Positions of the events that pass."""
    rule = Rule(clients, name, detail=pattern)
    url, arn = rule.queue()
    rule.target("queue", arn)
    for position, event in enumerate(events):
        rule.put(position=position, **event)
    return [body["detail"]["position"] for body in rule.received(url)]


def containers(*codes: int) -> dict[str, Any]:
    return {"containers": [{"name": f"c{code}", "exitCode": code} for code in codes]}


def test_one_object_of_a_list_is_enough(clients: Any) -> None:
    pattern = {"containers": {"exitCode": [{"anything-but": [0]}]}}
    events: list[dict[str, Any]] = [
        containers(0),
        containers(1),
        containers(0, 137),
        {"containers": [{"name": "c"}]},
        {},
    ]
    assert passed(clients, "one-object", pattern, *events) == [1, 2]


def test_all_conditions_on_a_list_hold_for_the_same_object(clients: Any) -> None:
    pattern = {"containers": {"exitCode": [1], "name": ["c1"]}}
    crossed = {"containers": [{"name": "c1", "exitCode": 0}, {"name": "c0", "exitCode": 1}]}
    assert passed(clients, "same-object", pattern, crossed, containers(0, 1)) == [1]


def test_alternatives_look_into_lists_too(clients: Any) -> None:
    pattern = {"$or": [{"stopCode": ["TaskFailedToStart"]}, {"containers": {"exitCode": [1]}}]}
    events = ({"stopCode": "TaskFailedToStart", **containers()}, containers(1), containers(0))
    assert passed(clients, "alternatives", pattern, *events) == [0, 1]
