import io

from rich.console import Console

from streamflix_cli.local.models import EnvironmentStatus, LocalStatus, PartStatus
from streamflix_cli.ui import local as ui

DOWN = LocalStatus(endpoint=None, instance_id=None, parts=(), environments=())


def shown(status: LocalStatus) -> str:
    console = Console(file=io.StringIO(), width=100)
    ui.status(console, status)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_cloud_that_is_down_names_the_command_that_starts_it() -> None:
    assert "streamflix local up" in shown(DOWN)


def test_a_restarted_control_plane_says_what_that_means() -> None:
    part = PartStatus(
        name="control-plane", pid=7, state="running", restarts=1, uptime_seconds=3700, log="/l", last_exit="signal 9"
    )
    environments = (EnvironmentStatus(name="pr1", state="gone"),)
    text = shown(LocalStatus(endpoint="http://127.0.0.1:1", instance_id="i", parts=(part,), environments=environments))
    assert "http://127.0.0.1:1" in text
    assert "1h 1m" in text
    assert "signal 9" in text
    assert "is gone" in text
    assert any("pr1" in line and "gone" in line for line in text.splitlines())


def test_any_other_part_that_was_restarted_has_lost_nothing() -> None:
    part = PartStatus(
        name="pipes-us-east-1", pid=7, state="running", restarts=1, uptime_seconds=1, log="/l", last_exit="signal 9"
    )
    text = shown(LocalStatus(endpoint="http://127.0.0.1:1", instance_id="i", parts=(part,), environments=()))
    assert "pipes-us-east-1 ended with signal 9 and was started again." in text
    assert "gone" not in text
