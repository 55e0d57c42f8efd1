"""Prompts and the progress bar on a pseudo-terminal."""

import os
import re
import sys
from io import StringIO

import pexpect  # type: ignore[import-untyped]
import pyte
import pytest

from tests.integration.deploy.conftest import PROFILE, Clients, Project, existing

SECONDS = 400
COLUMNS = 80


def on_terminal(project: Project, *arguments: str) -> pexpect.spawn:
    unsized = {name: value for name, value in project.environment.items() if name not in ("COLUMNS", "LINES")}
    return pexpect.spawn(
        sys.executable,
        ["-m", "tests.integration.deploy.small_stack", *arguments],
        cwd=str(project.root),
        env={**unsized, "TERM": "xterm-256color"},
        encoding="utf-8",
        dimensions=(40, COLUMNS),
        timeout=SECONDS,
        logfile=StringIO(),
    )


def picture(child: pexpect.spawn) -> str:
    """Returns the screen with its scrollback, as a person sees it now."""
    assert isinstance(child.logfile, StringIO)
    screen = pyte.HistoryScreen(COLUMNS, 40, history=1000)
    pyte.Stream(screen).feed(child.logfile.getvalue())
    lines = ["".join(line[column].data for column in range(COLUMNS)).rstrip() for line in screen.history.top]
    return "\n".join([*lines, *(line.rstrip() for line in screen.display)]).rstrip()


def finish(child: pexpect.spawn) -> tuple[int, str]:
    """Returns the exit code, and what stands on the screen in the end."""
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus or 0), picture(child)


def test_a_deploy_asks_shows_its_progress_and_leaves_what_finished_on_the_screen(
    project: Project, aws: Clients
) -> None:
    project.profile(
        "tterm", PROFILE.replace('match: "t[0-9a-z]+"\n', "").replace("ephemeral: true", "ephemeral: false")
    )

    declined = on_terminal(project, "deploy", "--env", "tterm")
    declined.expect("Deploy this to tterm")
    declined.sendline("y")
    code, screen = finish(declined)
    assert code == 3
    assert "[DECLINED]" in screen
    assert existing(aws, "tterm") == set()

    child = on_terminal(project, "deploy", "--env", "tterm")
    child.expect("Deploy this to tterm")
    child.sendline("yes")
    child.expect("2 running, the slowest for")
    child.expect("2 running, the slowest for")
    bar, slowest = picture(child).splitlines()[-2:]
    assert re.search(r"^Deploying tterm ━+.* 2/4 0:00:\d\d$", bar), bar
    assert re.search(r"^2 running, the slowest for", slowest), slowest
    code, screen = finish(child)
    assert code == 0, screen
    assert len(re.findall(r"✓ \d/4 aws_\w+\.\w+: created after \d+s", screen)) == 4
    assert "Deploying tterm" not in screen, "the bar is gone when its work is done"
    assert re.search(r"jobs_queue_url +http", screen)
    assert "streamflix destroy --env tterm" in screen

    wrong = on_terminal(project, "destroy", "--env", "tterm", "--yes")  # not enough: it is not ephemeral
    wrong.expect("Type the environment's name")
    wrong.sendline("dev")
    code, screen = finish(wrong)
    assert code == 3
    assert len(existing(aws, "tterm")) == 4

    right = on_terminal(project, "destroy", "--env", "tterm")
    right.expect("Type the environment's name")
    right.sendline("tterm")
    code, screen = finish(right)
    assert code == 0, screen
    assert "4 resources of tterm destroyed" in screen
    assert "Nothing is left" in screen
    assert existing(aws, "tterm") == set()


@pytest.mark.parametrize("answer", ["\x03", "\x04"], ids=["ctrl-c", "end of input"])
def test_leaving_the_prompt_does_nothing(project: Project, aws: Clients, answer: str) -> None:
    child = on_terminal(project, "deploy", "--env", "tleave")
    child.expect("Deploy this to tleave")
    child.send(answer)
    code, screen = finish(child)
    assert code == (130 if answer == "\x03" else 3), screen
    assert "Traceback" not in screen
    assert existing(aws, "tleave") == set()


def test_ctrl_c_during_a_deploy_is_answered_at_once_and_keeps_the_state(project: Project, aws: Clients) -> None:
    child = on_terminal(project, "deploy", "--env", "tctrlc", "--yes")
    child.expect("creating aws_")
    child.send("\x03")
    child.expect("Stopping: waiting for Terraform")
    code, screen = finish(child)
    assert code == 130, screen
    assert "[INTERRUPTED]" in screen
    assert existing(aws, "tctrlc") == project.known("tctrlc")


def test_a_terminal_that_is_closed_during_a_deploy_loses_no_state(project: Project, aws: Clients) -> None:
    child = on_terminal(project, "deploy", "--env", "tclosed", "--yes")
    child.expect("creating aws_")
    os.close(child.child_fd)  # as when its window is closed
    project.streamflix("deploy", "--env", "tclosed", "--yes", "--json")
    while (resumed := project.streamflix("deploy", "--env", "tclosed", "--yes", "--json")).code != 0:
        assert resumed.error["code"] == "ENVIRONMENT_LOCKED", resumed.out
    assert existing(aws, "tclosed") == project.known("tclosed")
    assert len(existing(aws, "tclosed")) == 4
