"""The local cloud's life: started, crashed, half-dead, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from streamflix_cli import local
from streamflix_cli.errors import StreamflixError
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.models import CloudRecord


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    local.down(tmp_path)


def record_of(root: Path) -> CloudRecord:
    record = CloudFolder(root).read()
    assert record is not None
    return record


def processes_of(root: Path) -> list[psutil.Process]:
    record = record_of(root)
    found = (record.supervisor, *(part.process for part in record.parts))
    return [psutil.Process(process.pid) for process in found if process]


def alive(process: psutil.Process) -> bool:
    """Whether it runs; one that ended may wait for its parent, which is this process, to notice."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def call_up(root: Path) -> subprocess.Popen[str]:
    program = (
        "from pathlib import Path; from streamflix_cli import local; import sys; print(local.up(Path(sys.argv[1])))"
    )
    return subprocess.Popen([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE, text=True)


def replace_moto(root: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Lets every process that is started from now on find other code where moto is."""
    package = root / "site" / "moto"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


def test_up_again_returns_the_same_cloud_and_down_ends_every_process(root: Path) -> None:
    cloud = local.up(root)
    assert local.up(root) == cloud
    processes = processes_of(root)
    assert local.down(root)
    assert not any(alive(process) for process in processes)
    assert not local.down(root)
    status = local.status(root)
    assert (status.endpoint, status.instance_id, status.parts) == (None, None, ())


def test_the_cloud_listens_on_loopback_only(root: Path) -> None:
    cloud = local.up(root)
    listening = [
        connection.laddr.ip
        for process in processes_of(root)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}
    assert cloud.endpoint.startswith("http://127.0.0.1:")


def deploy_to(root: Path, suffix: str, *, instance_id: str, region: str) -> None:
    """What the deploy commands write down."""
    folder = root / ".streamflix" / "local" / suffix
    folder.mkdir(parents=True)
    (folder / "cloud.json").write_text(json.dumps({"instance_id": instance_id, "region": region}))


def test_what_acts_on_deployed_resources_runs_from_the_first_deploy_to_a_region_on(root: Path) -> None:
    cloud = local.up(root)
    assert [part.name for part in local.status(root).parts] == ["control-plane"]
    deploy_to(root, "pr1", instance_id=cloud.instance_id, region="us-east-1")
    deploy_to(root, "pr2", instance_id="an earlier one", region="eu-west-3")
    eventually(lambda: len(local.status(root).parts) == 6)
    assert {part.name for part in local.status(root).parts} == {
        "control-plane",
        "database",
        "ecs-us-east-1",
        "metrics-us-east-1",
        "pipes-us-east-1",
        "scaling-us-east-1",
    }
    deploy_to(root, "pr3", instance_id=cloud.instance_id, region="eu-west-1")
    eventually(lambda: "ecs-eu-west-1" in {part.name for part in local.status(root).parts})
    eventually(lambda: all(part.state == "running" for part in local.status(root).parts))
    processes = processes_of(root)
    # A killed part is started again, and the others go on.
    processes[-1].kill()
    eventually(lambda: sum(part.restarts for part in local.status(root).parts) == 1)
    assert local.status(root).instance_id == cloud.instance_id
    assert local.down(root)
    assert not any(alive(process) for process in processes)


def test_two_calls_at_once_start_one_cloud(root: Path) -> None:
    calls = [call_up(root) for _ in range(3)]
    clouds = {call.communicate(timeout=60)[0].strip() for call in calls}
    assert clouds == {str(local.up(root))}


def test_a_crashed_control_plane_comes_back_at_the_same_endpoint_as_another_instance(root: Path) -> None:
    before = local.up(root)
    deploy_to(root, "pr1", instance_id=before.instance_id, region="us-east-1")
    assert [one.state for one in local.status(root).environments] == ["deployed"]
    processes_of(root)[1].kill()
    eventually(lambda: local.status(root).instance_id != before.instance_id)
    after = local.up(root)
    assert after.endpoint == before.endpoint
    assert after.instance_id != before.instance_id
    status = local.status(root)
    control_plane = status.parts[0]
    assert (control_plane.state, control_plane.restarts, control_plane.last_exit) == ("running", 1, "signal 9")
    assert [(one.name, one.state) for one in status.environments] == [("pr1", "gone")]


def test_parts_end_with_a_killed_supervisor_and_up_starts_a_new_cloud(root: Path) -> None:
    before = local.up(root)
    supervisor, control_plane = processes_of(root)
    supervisor.kill()
    eventually(lambda: not alive(control_plane))
    assert local.status(root).endpoint is None
    assert local.up(root).instance_id != before.instance_id


def test_down_ends_what_is_left_of_a_half_dead_cloud(root: Path) -> None:
    local.up(root)
    supervisor, control_plane = processes_of(root)
    # A stopped process neither sees that its supervisor is gone nor answers SIGTERM.
    control_plane.suspend()
    supervisor.kill()
    assert local.down(root)
    assert not alive(control_plane)


def test_a_reused_process_id_is_never_touched(root: Path) -> None:
    local.up(root)
    record = record_of(root)
    local.down(root)
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        stale = record.supervisor.model_copy(update={"pid": bystander.pid})
        parts = tuple(part.model_copy(update={"process": stale}) for part in record.parts)
        CloudFolder(root).write(record.model_copy(update={"supervisor": stale, "parts": parts}))
        assert local.status(root).endpoint is None
        assert not local.down(root)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("content", ["", "{", "{}", '{"endpoint": 1}'])
def test_a_half_written_record_counts_as_no_cloud(root: Path, content: str) -> None:
    folder = CloudFolder(root)
    folder.path.mkdir(parents=True)
    folder.record_path.write_text(content)
    assert local.status(root).endpoint is None
    assert not local.down(root)


def test_an_interrupt_of_the_terminal_that_started_it_leaves_the_cloud_up(root: Path) -> None:
    call = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pathlib import Path; from streamflix_cli import local; import sys; "
            "local.up(Path(sys.argv[1])); print('up', flush=True); input()",
            str(root),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert call.stdout is not None
    assert call.stdout.readline() == b"up\n"
    # What a terminal does on Ctrl-C: the whole foreground process group gets the signal.
    os.killpg(call.pid, signal.SIGINT)
    call.wait(10)
    time.sleep(0.5)
    assert local.status(root).endpoint is not None


def test_an_interrupted_start_leaves_nothing_behind(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_moto(root, monkeypatch, "import time; time.sleep(600)")  # the signal finds it starting
    call = call_up(root)
    eventually(lambda: CloudFolder(root).read() is not None)
    processes = processes_of(root)
    call.send_signal(signal.SIGINT)
    call.wait(30)
    assert call.returncode == -signal.SIGINT
    assert not any(alive(process) for process in processes)
    assert local.status(root).endpoint is None


def test_a_taken_port_is_an_error_that_names_it(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StreamflixError, match=str(port)) as caught:
            local.up(root, port=port)
    assert caught.value.code == "LOCAL_PORT_TAKEN"
    assert local.status(root).endpoint is None


def test_a_folder_that_cannot_be_used_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / ".streamflix").write_text("a file, not a folder")
    with pytest.raises(StreamflixError, match="streamflix") as caught:
        local.up(tmp_path)
    assert caught.value.code == "LOCAL_FILES_UNUSABLE"


def test_a_full_disk_is_an_error_and_starts_nothing(root: Path) -> None:
    program = """
import pathlib, resource, sys
from streamflix_cli import local
from streamflix_cli.errors import StreamflixError
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    local.up(pathlib.Path(sys.argv[1]))
except StreamflixError as error:
    print(error.code)
"""
    call = subprocess.run(
        [sys.executable, "-c", program, str(root)], check=True, capture_output=True, text=True, timeout=60
    )
    assert call.stdout.strip() == "LOCAL_FILES_UNUSABLE"
    assert local.status(root).endpoint is None


def test_many_requests_at_once_are_answered(root: Path) -> None:
    cloud = local.up(root)

    def ask(_: int) -> int:
        with urllib.request.urlopen(f"{cloud.endpoint}/moto-api/", timeout=30) as answer:
            return int(answer.status)

    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(ask, range(150))) == {200}


def test_a_control_plane_that_cannot_start_is_an_error_with_its_last_words(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_moto(root, monkeypatch, "raise RuntimeError('moto is broken here')")
    with pytest.raises(StreamflixError, match="moto is broken here") as caught:
        local.up(root)
    assert caught.value.code == "LOCAL_START_FAILED"
    assert local.status(root).parts == ()


def test_without_the_extra_the_error_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto", None)
    with pytest.raises(StreamflixError) as caught:
        local.up(root)
    assert caught.value.code == "MISSING_EXTRA"
    assert "streamflix[local]" in caught.value.hint
