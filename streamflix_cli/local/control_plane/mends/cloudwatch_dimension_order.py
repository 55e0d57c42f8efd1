"""`GetMetricData` finds a metric of several dimensions only if the query names them in the order they were put in.

moto sorts both sides, by a comparison that is no order.
"""

from moto.cloudwatch.models import Dimension


def _less(self: Dimension, other: Dimension) -> bool:
    return (self.name or "", self.value or "") < (other.name or "", other.value or "")


def apply() -> None:
    """Orders dimensions by name and value."""
    Dimension.__lt__ = _less  # type: ignore[method-assign]
