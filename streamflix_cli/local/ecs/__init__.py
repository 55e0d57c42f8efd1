"""The local cloud's ECS agent and EventBridge Scheduler: runs deployed tasks as processes of this machine.

Its files lie in `ecs/` in the cloud's folder. What is other than on Fargate stands in `substitutions`; beyond that
a task's CPU and memory are not limited, its root file system is not read-only, and its roles are not checked.
"""

from pathlib import Path

from streamflix_cli.local.ecs.container import kill_all
from streamflix_cli.local.ecs.records import tasks_folder


def down(cloud: Path) -> None:
    """Ends the containers that a killed agent left running.

    Args:
        cloud: The cloud's folder.
    """
    kill_all(tasks_folder(cloud))
