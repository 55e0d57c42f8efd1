from typing import Any


def test_a_bucket_tells_that_its_events_go_to_event_bridge(clients: Any) -> None:
    s3 = clients("s3")
    s3.create_bucket(Bucket="events", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(
        Bucket="events", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="events")
    s3.put_bucket_notification_configuration(Bucket="events", NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="events")
