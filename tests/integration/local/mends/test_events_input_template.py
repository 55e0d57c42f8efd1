from typing import Any

from tests.integration.local.mends.rules import Rule


def transformed(clients: Any, name: str, template: str, paths: dict[str, str], detail: dict[str, Any]) -> list[Any]:
    rule = Rule(clients, name)
    url, arn = rule.queue()
    rule.target("queue", arn, InputTransformer={"InputTemplate": template, "InputPathsMap": paths})
    rule.put(**detail)
    return rule.received(url)


def test_a_value_in_a_text_may_hold_quotation_marks(clients: Any) -> None:
    paths = {"why": "$.detail.why", "code": "$.detail.codes[1]", "nothing": "$.detail.nothing"}
    detail = {"why": 'no such "key"\n', "codes": [0, 7]}
    found = transformed(clients, "in-text", '"<why> <code><nothing> <other>"', paths, detail)
    assert found == ['no such "key"\n 7 <other>']


def test_a_value_beside_texts_is_json(clients: Any) -> None:
    paths = {"why": "$.detail.why", "all": "$.detail", "nothing": "$.detail.nothing"}
    found = transformed(clients, "as-json", '{"a": <why>, "b": <all>, "c": <nothing>}', paths, {"why": "x"})
    assert found == [{"a": "x", "b": {"why": "x"}, "c": None}]
