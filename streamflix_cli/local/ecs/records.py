"""What the agent writes down about a task, so that the next agent can adopt it."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from streamflix_cli.local.models import Record


class LogStream(Record):
    """Where the output of a container goes, as its `logConfiguration` says."""

    group: str
    stream: str
    region: str


class TaskRecord(Record):
    """A task whose container was started. Holds no environment: secrets are never written down.

    Attributes:
        arn: Of the task.
        cluster: ARN of its cluster.
        container: Name of its container.
        token: Stands in the command line of its process 1 and in its agent address, and nowhere else.
        stop_timeout: Seconds between SIGTERM and SIGKILL.
        log: None if the output goes nowhere.
    """

    arn: str
    cluster: str
    container: str
    token: str
    stop_timeout: int
    log: LogStream | None

    @property
    def task_id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]


class TaskFolder:
    """The files of one task.

    Args:
        path: `ecs/tasks/TASK_ID/` in the cloud's folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record = path / "record.json"
        self.home = path / "home"
        self.output = path / "output"
        """Standard output and error of the container, as they came."""
        self.shipped = path / "shipped"
        """How many bytes of `output` CloudWatch Logs has."""
        self.pid = path / "pid"
        self.exit_code = path / "exit"

    def volume(self, name: str) -> Path:
        """What stands for a volume of the task definition."""
        return self.path / "volumes" / name


def tasks_folder(cloud: Path) -> Path:
    """Where the tasks' folders lie in the cloud's folder."""
    return cloud / "ecs" / "tasks"


def recorded(tasks: Path) -> Iterator[tuple[TaskFolder, TaskRecord | None]]:
    """The tasks whose folders lie in a folder; no record if an agent ended before it had started the container."""
    for path in sorted(tasks.glob("*")):
        folder = TaskFolder(path)
        try:
            yield folder, TaskRecord.model_validate_json(folder.record.read_bytes())
        except (FileNotFoundError, ValidationError):
            yield folder, None
