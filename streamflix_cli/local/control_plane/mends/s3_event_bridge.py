"""`GetBucketNotificationConfiguration` does not tell that a bucket sends its events to EventBridge."""

from moto.core.responses import ActionResult
from moto.s3.responses import S3Response

from streamflix_cli.local.control_plane.patch import Method, wrap


def _with_event_bridge(get: Method) -> Method:
    def get_bucket_notification(self: S3Response) -> object:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return get(self)
        serialized = self.serialized

        def add_event_bridge(result: ActionResult) -> object:
            if isinstance(result.result, dict):
                result.result["EventBridgeConfiguration"] = {}
            return serialized(result)

        self.serialized = add_event_bridge  # type: ignore[method-assign, assignment]
        return get(self)

    return get_bucket_notification


def apply() -> None:
    """Adds the element to the answer."""
    wrap(S3Response, "get_bucket_notification", _with_event_bridge)
