"""`python -m streamflix_cli.local.metrics ROOT --endpoint URL --token T`: publishes metrics until SIGTERM."""

import time

from streamflix_cli.local.metrics.publisher import REPEAT_SECONDS, Changes, publish
from streamflix_cli.local.metrics.sources import queue_metrics, service_metrics
from streamflix_cli.local.part import client, parser, repeat, start

LOOK_SECONDS = 2.0
SHORTEST_SECONDS = 0.2


def main() -> None:
    """Publishes the metrics of one region."""
    commands = parser("metrics")
    commands.add_argument(
        "--time-scale", type=float, default=1, metavar="N", help="publishes N times as often, for alarms as much faster"
    )
    arguments = commands.parse_args()
    stop = start()
    sqs, ecs, cloudwatch = (
        client(service, endpoint=arguments.endpoint, region=arguments.region)
        for service in ("sqs", "ecs", "cloudwatch")
    )
    queues, services = (Changes(REPEAT_SECONDS / arguments.time_scale) for _ in range(2))

    def look() -> None:
        publish(cloudwatch, queues.due(queue_metrics(sqs), time.monotonic()))
        publish(cloudwatch, services.due(service_metrics(ecs), time.monotonic()))

    repeat(look, every_seconds=max(LOOK_SECONDS / arguments.time_scale, SHORTEST_SECONDS), stop=stop)


if __name__ == "__main__":
    main()
