"""`python -m streamflix_cli.local.scaling ROOT --endpoint URL --token T`: alarms and scaling until SIGTERM."""

import time

from streamflix_cli.local.part import client, parser, repeat, start
from streamflix_cli.local.scaling.alarms import Alarms
from streamflix_cli.local.scaling.services import Services

LOOK_SECONDS = 2.0
SHORTEST_SECONDS = 0.2


def main() -> None:
    """Evaluates the alarms and runs the scaling policies of one region."""
    commands = parser("scaling")
    commands.add_argument(
        "--time-scale", type=float, default=1, metavar="N", help="periods and cooldowns last an Nth of what they say"
    )
    arguments = commands.parse_args()
    stop = start()
    cloudwatch, sns, autoscaling, ecs = (
        client(service, endpoint=arguments.endpoint, region=arguments.region)
        for service in ("cloudwatch", "sns", "application-autoscaling", "ecs")
    )
    services = Services(autoscaling, ecs, cloudwatch, time_scale=arguments.time_scale)
    alarms = Alarms(cloudwatch, sns, scale=services.step, time_scale=arguments.time_scale)

    def look() -> None:
        now = time.monotonic()
        services.refresh()
        alarms.evaluate(now)
        services.track(now)

    repeat(look, every_seconds=max(LOOK_SECONDS / arguments.time_scale, SHORTEST_SECONDS), stop=stop)


if __name__ == "__main__":
    main()
