"""`python -m streamflix_cli.local.ecs ROOT --endpoint URL --token T`: runs tasks and schedules until SIGTERM."""

import logging
import os
import threading

from streamflix_cli.local import ecs
from streamflix_cli.local.ecs.agent import Agent
from streamflix_cli.local.ecs.schedules import Schedules
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.part import parser, repeat, start

STEP_SECONDS = 0.5
SCHEDULE_SECONDS = 1.0
LAST_STEP_SECONDS = 1.0

logger = logging.getLogger(__name__)


def main() -> None:
    """Runs the tasks and schedules of one region."""
    arguments = parser("ecs").parse_args()
    cloud = CloudFolder(arguments.root).path
    # A crashed agent is started again and adopts its tasks; without a supervisor nobody would.
    stop = start(at_supervisors_end=lambda: ecs.down(cloud))
    agent = Agent(cloud, endpoint=arguments.endpoint, region=arguments.region)
    schedules = Schedules(cloud / "ecs" / "schedules.json", endpoint=arguments.endpoint, region=arguments.region)
    threading.excepthook = _crash
    loops = [
        threading.Thread(target=agent.serve_protection, daemon=True),
        threading.Thread(target=lambda: repeat(schedules.step, every_seconds=SCHEDULE_SECONDS, stop=stop), daemon=True),
        threading.Thread(target=lambda: repeat(agent.step, every_seconds=STEP_SECONDS, stop=stop), daemon=True),
    ]
    for loop in loops:
        loop.start()
    stop.wait()
    # A call that a hanging control plane does not answer must not keep the tasks alive.
    loops[-1].join(LAST_STEP_SECONDS)
    agent.close()


def _crash(failure: threading.ExceptHookArgs) -> None:
    # A process that works by half is not started again; its tasks wait for the next one.
    logger.critical("An unexpected error", exc_info=failure.exc_value)
    os._exit(1)


if __name__ == "__main__":
    main()
