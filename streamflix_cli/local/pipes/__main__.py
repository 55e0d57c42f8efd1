"""`python -m streamflix_cli.local.pipes ROOT --endpoint URL --token T`: runs pipes until SIGTERM."""

import threading

from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.part import client, parser, repeat, start
from streamflix_cli.local.pipes.checkpoints import Checkpoints
from streamflix_cli.local.pipes.reports import Metrics
from streamflix_cli.local.pipes.runner import Runner

REFRESH_SECONDS = 1.0
PUBLISH_SECONDS = 10.0


def main() -> None:
    """Runs the pipes of one region."""
    arguments = parser("pipes").parse_args()
    stop = start()
    pipes, kinesis, sqs, logs, cloudwatch = (
        client(service, endpoint=arguments.endpoint, region=arguments.region)
        for service in ("pipes", "kinesis", "sqs", "logs", "cloudwatch")
    )
    metrics = Metrics()
    checkpoints = Checkpoints(CloudFolder(arguments.root).path / "pipes" / arguments.region)
    runner = Runner(pipes, kinesis, sqs, logs, checkpoints=checkpoints, metrics=metrics)
    publisher = threading.Thread(
        target=lambda: repeat(lambda: metrics.publish(cloudwatch), every_seconds=PUBLISH_SECONDS, stop=stop),
        daemon=True,
    )
    publisher.start()
    repeat(runner.refresh, every_seconds=REFRESH_SECONDS, stop=stop)
    runner.stop()


if __name__ == "__main__":
    main()
