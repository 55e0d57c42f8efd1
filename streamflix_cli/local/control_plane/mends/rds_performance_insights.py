"""Database instances know nothing of Performance Insights: every plan switches it on again.

Without a choice RDS keeps the data for 7 days.
"""

from typing import Any

from moto.rds.models import DBInstance

from streamflix_cli.local.control_plane.patch import Method, wrap

DEFAULT_DAYS = 7
SETTINGS = (
    "enable_performance_insights",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
)


def _store(initialize: Method) -> Method:
    def __init__(self: DBInstance, *arguments: Any, **keywords: Any) -> None:  # noqa: N807
        initialize(self, *arguments, **keywords)
        for setting in SETTINGS:
            setattr(self, setting, keywords.get(setting))
        if keywords.get("enable_performance_insights") and not keywords.get("performance_insights_retention_period"):
            self.__dict__["performance_insights_retention_period"] = DEFAULT_DAYS

    return __init__


def apply() -> None:
    """Stores the settings; moto updates and describes them by itself, but for the name of the switch."""
    wrap(DBInstance, "__init__", _store)
    enabled = property(lambda self: bool(self.enable_performance_insights))
    DBInstance.performance_insights_enabled = enabled  # type: ignore[attr-defined]
