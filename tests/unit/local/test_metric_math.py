import math

import pytest
from hypothesis import given, strategies as st

from streamflix_cli.local.scaling.metric_math import MISSING, UnknownMathError, evaluate
from streamflix_cli.local.scaling.queries import Formula, Metric

numbers = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("IF(in_flight < 1, visible, 0)", {"in_flight": 0, "visible": 3}, 3),
        ("IF(in_flight < 1, visible, 0)", {"in_flight": 1, "visible": 3}, 0),
        ("IF(in_flight < 1, visible, 0)", {"in_flight": MISSING, "visible": 3}, MISSING),
        ("IF(in_flight < 1, visible, 0)", {"in_flight": 1, "visible": MISSING}, 0),
        ("running - (visible + in_flight)", {"running": 5, "visible": 1, "in_flight": 2}, 2),
        ("running - (visible + in_flight)", {"running": MISSING, "visible": 1, "in_flight": 2}, MISSING),
        ("(visible + in_flight) / running", {"running": 2, "visible": 3, "in_flight": 2}, 2.5),
        ("(visible + in_flight) / running", {"running": 0, "visible": 3, "in_flight": 2}, MISSING),
        ("desired - FILL(running, 0)", {"desired": 2, "running": MISSING}, 2),
        ("desired - FILL(running, 0)", {"desired": 2, "running": 1}, 1),
        ("MAX([a, b, c])", {"a": 1, "b": MISSING, "c": 3}, 3),
        ("MIN([a, b])", {"a": MISSING, "b": MISSING}, MISSING),
        ("SUM([a, b]) + AVG([a, b])", {"a": 1, "b": 3}, 6),
        ("ABS(-a) * CEIL(1.2) - FLOOR(1.8)", {"a": 4}, 7),
        ("a >= b", {"a": 1, "b": 1}, 1),
        ("a != b", {"a": MISSING, "b": 1}, MISSING),
    ],
)
def test_metric_math_is_cloudwatchs(expression: str, values: dict[str, float], expected: float) -> None:
    assert evaluate(expression, values) == pytest.approx(expected, nan_ok=True)


@given(numbers, numbers, st.sampled_from(["a + b", "a - b", "a * b", "a / b", "a < b", "a == b", "MAX([a]) + b"]))
def test_what_is_computed_from_a_missing_value_is_missing(a: float, b: float, expression: str) -> None:
    assert math.isnan(evaluate(expression, {"a": MISSING, "b": b}))
    assert math.isnan(evaluate(expression, {"a": a, "b": MISSING}))


@pytest.mark.parametrize(
    "expression", ["RATE(a)", "a ** 2", "a.b", "unknown + 1", "(", "MAX(a)", "__import__('os')", "", "[a]"]
)
def test_what_is_not_understood_is_refused(expression: str) -> None:
    with pytest.raises(UnknownMathError):
        evaluate(expression, {"a": 1})


def test_an_expression_may_use_others_whatever_their_order() -> None:
    metric = Metric("N", "m", (), "Sum")
    formula = Formula({"m": metric}, {"c": "b + 1", "a": "m * 2", "b": "a * 10"}, "c", 60)
    assert formula.value({metric: 3}) == 61
    assert math.isnan(formula.value({}))
