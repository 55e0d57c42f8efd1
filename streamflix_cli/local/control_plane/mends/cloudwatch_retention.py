"""moto keeps every metric datum for ever, and reads all of them for every query.

CloudWatch keeps points of less than a minute for 3 hours and rolls them up into minutes afterwards (user guide,
"Metrics retention"). Nothing in the local cloud looks back further, so that here older points are just forgotten.
"""

from datetime import timedelta
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.core.utils import utcnow

from streamflix_cli.local.control_plane.patch import Method, wrap

KEPT = timedelta(hours=3)


def _forget_old(put: Method) -> Method:
    def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        put(self, namespace, metric_data)
        oldest = utcnow() - KEPT
        # They came in by time, but for some that were put with a time of their own.
        data = self.metric_data
        del data[: next((index for index, datum in enumerate(data) if datum.timestamp >= oldest), len(data))]

    return put_metric_data


def apply() -> None:
    """Forgets old data whenever new data has come in."""
    wrap(CloudWatchBackend, "put_metric_data", _forget_old)
