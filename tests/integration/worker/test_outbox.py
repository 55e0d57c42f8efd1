"""What cannot be sent costs little, and keeps nothing else back."""

from typing import Any

from tests.integration.worker.pipeline import Pipeline


def test_a_service_that_is_away_is_asked_once_and_the_others_are_served(pipeline: Pipeline) -> None:
    pipeline.query(
        """
        INSERT INTO outbox (kind, payload)
        SELECT 'doorbell', '{"type": "task.ready", "v": 1}'::jsonb FROM generate_series(1, 5)
        UNION ALL SELECT 'event', '{"type": "video.published", "v": 1}'::jsonb RETURNING 1
        """,
        login="app",
    )
    pipeline.clients("sqs").delete_queue(QueueUrl=pipeline.deployed.queue_url)
    asked: list[Any] = []
    outbox = pipeline.consumer._outbox
    outbox._jobs._sqs.meta.events.register("before-call.sqs.SendMessage", lambda **call: asked.append(call))

    assert outbox.send() == 1

    assert len(asked) == 1
    assert len(pipeline.received(pipeline.deployed.events_url)) == 1
    (left,) = pipeline.query("SELECT count(*) AS n FROM outbox WHERE sent_at IS NULL")
    assert left["n"] == 5
