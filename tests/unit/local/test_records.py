import json
from pathlib import Path

import psutil
import pytest

from streamflix_cli import local
from streamflix_cli.local import processes
from streamflix_cli.local.folder import CloudFolder
from streamflix_cli.local.models import CloudRecord, PartRecord, ProcessRecord

NOBODY = ProcessRecord(pid=2**22 + 1, token="t")


def record(**changes: object) -> CloudRecord:
    part = PartRecord(
        name="control-plane", process=NOBODY, state="running", restarts=0, since=0, log="/log", last_exit=None
    )
    written = CloudRecord(endpoint="http://127.0.0.1:1", instance_id="i", supervisor=NOBODY, parts=(part,))
    return written.model_copy(update=changes)


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    folder = CloudFolder(tmp_path)
    folder.path.mkdir(parents=True)
    folder.write(record())
    assert folder.read() == record()
    assert not list(folder.path.glob("*.tmp"))


def test_a_record_left_by_a_machine_that_was_switched_off_is_a_cloud_that_is_down(tmp_path: Path) -> None:
    folder = CloudFolder(tmp_path)
    folder.path.mkdir(parents=True)
    folder.write(record())
    status = local.status(tmp_path)
    assert status.endpoint is None
    assert [(part.name, part.state, part.pid) for part in status.parts] == [("control-plane", "stopped", None)]


def test_looking_at_a_cloud_that_never_was_makes_no_folder(tmp_path: Path) -> None:
    assert local.status(tmp_path).parts == ()
    assert not local.down(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [json.dumps({"instance_id": "other"}), "", "{"])
def test_an_environment_of_another_or_an_unknown_instance_is_gone(tmp_path: Path, content: str) -> None:
    environment = tmp_path / ".streamflix" / "local" / "dev"
    environment.mkdir(parents=True)
    (environment / "cloud.json").write_text(content)
    assert [(one.name, one.state) for one in local.status(tmp_path).environments] == [("dev", "gone")]


def test_a_process_is_known_by_its_token_and_not_by_its_id_alone() -> None:
    own = psutil.Process()
    token = own.cmdline()[-1]
    assert processes.find(ProcessRecord(pid=own.pid, token=token)) == own
    assert processes.find(ProcessRecord(pid=own.pid, token="f" * 32)) is None
    assert not processes.stop(ProcessRecord(pid=own.pid, token="f" * 32), grace_seconds=0)


def test_credentials_name_the_endpoint_and_hide_the_users_own_files() -> None:
    environment = local.credentials_environment(local.LocalCloud(endpoint="http://127.0.0.1:1", instance_id="i"))
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert not {name for name in environment if "REGION" in name}
