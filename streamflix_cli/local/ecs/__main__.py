"""`python -m streamflix_cli.local.ecs ROOT --endpoint URL --token T`: runs tasks and schedules until SIGTERM."""

import threading

from streamflix_cli.local.ecs.agent import Agent, tasks_folder
from streamflix_cli.local.ecs.container import kill_all
from streamflix_cli.local.ecs.schedules import Schedules
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.part import parser, repeat, start

STEP_SECONDS = 0.5
SCHEDULE_SECONDS = 1.0


def main() -> None:
    """Runs the tasks and schedules of one region."""
    arguments = parser("ecs").parse_args()
    cloud = CloudFolder(arguments.root).path
    # A crashed agent is started again and adopts its tasks; without a supervisor nobody would.
    stop = start(at_supervisors_end=lambda: kill_all(tasks_folder(cloud)))
    agent = Agent(cloud, endpoint=arguments.endpoint, region=arguments.region)
    schedules = Schedules(cloud / "ecs" / "schedules.json", endpoint=arguments.endpoint, region=arguments.region)
    threading.Thread(target=agent.serve_protection, daemon=True).start()
    threading.Thread(
        target=lambda: repeat(schedules.step, every_seconds=SCHEDULE_SECONDS, stop=stop), daemon=True
    ).start()
    repeat(agent.step, every_seconds=STEP_SECONDS, stop=stop)
    agent.close()


if __name__ == "__main__":
    main()
