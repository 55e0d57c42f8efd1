"""A state that Terraform cannot store is not lost without a word: what is said of it is true, and helps."""

import shlex
import subprocess

import psutil

from tests.integration.deploy.conftest import PROFILE, Clients, Project, existing


def test_on_a_full_disk_the_error_says_what_is_left_of_the_state(project: Project, aws: Clients) -> None:
    running = project.start("deploy", "--env", "tfull", "--yes", "--json")
    running.wait_for("aws_kinesis_stream.stream: creating")
    # From here on Terraform can write to no file, as when the disk is full.
    running.terraform().rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))
    failed = running.finish()

    unsaved = project.workspace("tfull") / "out" / "stacks" / "tap" / "errored.tfstate"
    assert (failed.code, failed.error["code"]) == (1, "STATE_UNSAVED"), failed.err
    assert f"nor leave it whole in {unsaved}" in failed.error["message"]
    last_log = max((project.workspace("tfull") / "logs").iterdir())
    assert str(last_log.parent) in failed.error["hint"]
    assert '"type": "aws_kinesis_stream"' in last_log.read_text()
    again = project.streamflix("deploy", "--env", "tfull", "--yes", "--json")
    assert again.error == failed.error

    unsaved.unlink()
    swept = project.streamflix("destroy", "--env", "tfull", "--sweep", "--yes", "--json")
    assert swept.code == 0, swept.err
    assert existing(aws, "tfull") == set()


def test_a_state_whose_bucket_vanished_is_kept_and_stored_as_the_hint_says(project: Project, aws: Clients) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="gone-state")
    project.profile("t", f'{PROFILE}state: {{backend: s3, bucket: "gone-state"}}\n')
    running = project.start("deploy", "--env", "tgone", "--yes", "--json")
    running.wait_for("aws_kinesis_stream.stream: creating")
    for one in s3.list_objects_v2(Bucket="gone-state")["Contents"]:
        s3.delete_object(Bucket="gone-state", Key=one["Key"])
    s3.delete_bucket(Bucket="gone-state")
    failed = running.finish()

    unsaved = project.workspace("tgone") / "out" / "stacks" / "tap" / "errored.tfstate"
    assert (failed.code, failed.error["code"]) == (1, "STATE_UNSAVED"), failed.err
    assert f"left it in {unsaved}" in failed.error["message"]

    s3.create_bucket(Bucket="gone-state")
    command = failed.error["hint"].split("`")[1]
    subprocess.run(shlex.split(command), env=project.environment, check=True)
    unsaved.unlink()
    resumed = project.streamflix("deploy", "--env", "tgone", "--yes", "--json")
    assert resumed.code == 0, resumed.err
    assert (resumed.data["resources"], resumed.data["changed"]) == (4, 0)
