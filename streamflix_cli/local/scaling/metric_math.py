"""CloudWatch metric math, evaluated for one period: a value is a number, or NaN where there is no data point."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from simpleeval import EvalWithCompoundTypes, InvalidExpression

MISSING = math.nan


class UnknownMathError(Exception):
    """Metric math that CloudWatch may know, but this module does not."""


def evaluate(expression: str, values: Mapping[str, float]) -> float:
    """Evaluates an expression.

    What is computed from a missing value is missing, as is a division by zero.

    Args:
        expression: As in an alarm: `+ - * /`, comparisons, and the functions in `FUNCTIONS`.
        values: By id.

    Raises:
        UnknownMathError: It is not known here.
    """
    evaluator = EvalWithCompoundTypes(operators=OPERATORS, functions=FUNCTIONS, names=values)
    try:
        return float(evaluator.eval(expression))
    except (InvalidExpression, SyntaxError, TypeError, ValueError) as error:
        raise UnknownMathError(f"`{expression}` is not understood: {error}") from error


def _unless_missing(compute: Callable[..., float]) -> Callable[..., float]:
    def guarded(*operands: float) -> float:
        if any(math.isnan(one) for one in operands):
            return MISSING
        return float(compute(*operands))

    return guarded


def _divide(dividend: float, divisor: float) -> float:
    return dividend / divisor if divisor else MISSING


def _if(condition: float, then: float, otherwise: float) -> float:
    if math.isnan(condition):
        return MISSING
    return then if condition else otherwise


def _fill(value: float, filler: float) -> float:
    return filler if math.isnan(value) else value


def _over_present(compute: Callable[[list[float]], float]) -> Callable[[list[float]], float]:
    def over(values: list[float]) -> float:
        present = [one for one in values if not math.isnan(one)]
        return compute(present) if present else MISSING

    return over


OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.USub: operator.neg,
    ast.Lt: _unless_missing(operator.lt),
    ast.LtE: _unless_missing(operator.le),
    ast.Gt: _unless_missing(operator.gt),
    ast.GtE: _unless_missing(operator.ge),
    ast.Eq: _unless_missing(operator.eq),
    ast.NotEq: _unless_missing(operator.ne),
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "ABS": abs,
    "AVG": _over_present(lambda values: sum(values) / len(values)),
    "CEIL": _unless_missing(math.ceil),
    "FILL": _fill,
    "FLOOR": _unless_missing(math.floor),
    "IF": _if,
    "MAX": _over_present(max),
    "MIN": _over_present(min),
    "SUM": _over_present(sum),
}
"""AVG, MAX, MIN and SUM take a list, as `MAX([a, b])`, and pass over what is missing in it."""
