"""`python -m streamflix_cli.local.metrics ROOT --endpoint URL --token T`: publishes metrics until SIGTERM."""

import time

from streamflix_cli.local.metrics.publisher import Changes, publish
from streamflix_cli.local.metrics.sources import queue_metrics, service_metrics
from streamflix_cli.local.part import client, parser, repeat, start

LOOK_SECONDS = 2.0


def main() -> None:
    """Publishes the metrics of one region."""
    arguments = parser("metrics").parse_args()
    stop = start()
    sqs, ecs, cloudwatch = (
        client(service, endpoint=arguments.endpoint, region=arguments.region)
        for service in ("sqs", "ecs", "cloudwatch")
    )
    queues, services = Changes(), Changes()

    def look() -> None:
        publish(cloudwatch, queues.due(queue_metrics(sqs), time.monotonic()))
        publish(cloudwatch, services.due(service_metrics(ecs), time.monotonic()))

    repeat(look, every_seconds=LOOK_SECONDS, stop=stop)


if __name__ == "__main__":
    main()
