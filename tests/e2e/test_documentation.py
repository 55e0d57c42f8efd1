"""The documentation holds: its commands run, its names exist, and what there is stands in it."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import botocore.session
import pytest
import typer.main
import yaml
from botocore import xform_name

from lib.contracts.content import ContentRecord, Rights
from lib.contracts.errors import ReasonCode
from lib.contracts.states import FINAL_JOB_STATES
from lib.naming import RESOURCE_NAMES
from lib.profile import Profile, Secrets
from streamflix_cli.errors import ErrorCode
from streamflix_cli.main import app
from streamflix_cli.pipeline.content import read_content
from tests.e2e.conftest import REPOSITORY, Project
from tests.unit.cli.test_commands import leaf_commands
from tests.unit.lib.synthesis import Synthesized, synthesize_pipeline

README, INFRASTRUCTURE = REPOSITORY / "README.md", REPOSITORY / "lib" / "README.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)#:]+)\)")
RUNBOOK_ENTRY = re.compile(r"^#### ([\w-]+)\n\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
CODE_PATH = re.compile(r"`((?:lib|streamflix_cli|tests)/[\w./-]+)`")


@pytest.fixture(scope="module")
def pipeline() -> Synthesized:
    return synthesize_pipeline(Profile(secrets=Secrets(api_keys=("name",))))


def commands(document: Path) -> list[str]:
    """What stands after a `$` in the console blocks."""
    blocks = CONSOLE.findall(document.read_text())
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def named_commands(text: str) -> Iterator[str]:
    """Every `streamflix ...` in code and at the beginning of lines of code blocks."""
    outside = FENCED.sub("", text)
    yield from (code for code in CODE.findall(outside) if code.startswith("streamflix "))
    lines = (line.removeprefix("$ ") for block in FENCED.findall(text) for line in block.splitlines())
    yield from (line for line in lines if re.match(r"streamflix [a-z]", line) and "──" not in line)


LEAVES = dict(leaf_commands(typer.main.get_command(app), ()))


def wrong_in(command: str) -> str | None:
    """What is wrong with a command line, if anything: its command, or one of its options."""
    words = shlex.split(command.replace("[", "").replace("]", ""), comments=True)[1:]
    if words[0].startswith("--"):
        return None
    leaf = LEAVES.get(words[0]) or LEAVES.get(" ".join(words[:2]).rstrip(","))
    if leaf is None:
        return f"there is no command {' '.join(words[:2])}"
    options = {option for parameter in leaf.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word not in options]
    return f"it has no option {', '.join(unknown)}" if unknown else None


def table(text: str, header: str) -> list[list[str]]:
    """The cells of the rows below a header line that begins so."""
    _, _, rest = text.partition(f"\n| {header}")
    rows = re.match(r"[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", rest)
    assert rows, f"There is no table | {header}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows[1].splitlines()]


def codes(cells: list[list[str]]) -> set[str]:
    """What stands in code in the first column."""
    return {code for row in cells for code in CODE.findall(row[0])}


def test_the_infrastructure_documentation_does_what_it_says(project: Project) -> None:
    found = commands(INFRASTRUCTURE)
    assert [command.split()[1] for command in found] == ["synth", "plan", "deploy", "destroy", "local"]
    for command in found:
        program, *arguments = shlex.split(command)
        assert program == "streamflix"
        done = project.streamflix(*arguments)
        assert done.code == 0, f"{command}\n{done.err}"


@pytest.mark.parametrize("document", [README, INFRASTRUCTURE], ids=["README", "lib"])
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    found = list(named_commands(document.read_text()))
    assert found
    assert [f"{command}: {wrong}" for command in found if (wrong := wrong_in(command))] == []


def test_every_command_that_an_alarm_names_exists(pipeline: Synthesized) -> None:
    texts = [alarm["alarm_description"] for alarm in pipeline.all("aws_cloudwatch_metric_alarm")]
    found = [command for text in texts for command in named_commands(text)]
    assert found
    assert [f"{command}: {wrong}" for command in found if (wrong := wrong_in(command))] == []


def runbook() -> dict[str, str]:
    """Its entries by heading."""
    _, _, text = INFRASTRUCTURE.read_text().partition("\n### Runbook\n")
    entries = RUNBOOK_ENTRY.findall(text.partition("\n## ")[0] + "\n## ")
    assert len(entries) == len(dict(entries)), "a heading stands twice"
    return dict(entries)


def test_every_alarm_has_its_entry_in_the_runbook_and_leads_there(pipeline: Synthesized) -> None:
    alarms = pipeline.all("aws_cloudwatch_metric_alarm")
    leads = {alarm["alarm_description"].rpartition(" Runbook: lib/README.md#")[2]: alarm for alarm in alarms}
    assert leads.keys() == runbook().keys()
    assert len(leads) == len(alarms)
    for subject, alarm in leads.items():
        assert alarm["alarm_name"] == f"alarm-{subject}-t1"


@pytest.mark.parametrize("subject", runbook())
def test_an_entry_of_the_runbook_says_what_it_means_where_to_look_what_to_type_and_when_it_ends(subject: str) -> None:
    entry = runbook()[subject]
    assert re.findall(r"^\* \*\*(\w+)\*\*: ", entry, re.MULTILINE) == ["Means", "Look", "Type", "Ends"]
    (to_type,) = re.findall(r"^\* \*\*Type\*\*: (.*?)^\*", entry, re.MULTILINE | re.DOTALL)
    assert any(code.startswith(("aws ", "streamflix ")) for code in CODE.findall(to_type))


def wrong_in_aws(command: str) -> str | None:
    """What is wrong with a command line of AWS's own program, if anything."""
    _, service, operation, *words = shlex.split(command)
    options = {word.removeprefix("--") for word in words if word.startswith("--")}
    if (service, operation) == ("logs", "tail"):
        # A command of the program alone; every other one is an operation of the API.
        return None if options <= {"since", "follow"} else f"no such options: {options}"
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        return f"{service} has no {operation}"
    shape = model.operation_model(operations[operation]).input_shape
    known = {xform_name(member, "-") for member in shape.members} if shape else set()
    return None if options <= known | {"query"} else f"no such options: {options - known}"


@pytest.mark.parametrize("subject", runbook())
def test_the_runbook_names_only_what_exists(subject: str) -> None:
    entry = runbook()[subject]
    found = [code for code in CODE.findall(entry) if re.match(r"aws [a-z-]+ [a-z-]+ ", code)]
    assert [f"{command}: {wrong}" for command in found if (wrong := wrong_in_aws(command))] == []
    named = {re.sub(r"(-\d+)?-dev$", "", name) for name in re.findall(r"[a-z0-9-]+-dev\b", entry)}
    assert named <= set(RESOURCE_NAMES)
    for heading in re.findall(r"\]\(#([\w-]+)\)", entry):
        assert heading in runbook()


def test_the_documentation_names_only_files_that_exist() -> None:
    for document in (README, INFRASTRUCTURE):
        text = document.read_text()
        for link in LINK.findall(text):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
        for path in CODE_PATH.findall(text):
            assert (REPOSITORY / path).exists(), f"{document.name}: {path}"


def test_the_infrastructure_documentation_lists_every_file_of_the_stack() -> None:
    text = INFRASTRUCTURE.read_text()
    for file in (REPOSITORY / "lib").glob("*.py"):
        group = re.sub(r"^task_\w+", "task_*", file.stem)
        assert file.stem == "__init__" or f"`{group}.py`" in text, file.name
    for package in ("contracts", "compliance"):
        for file in (REPOSITORY / "lib" / package).glob("*.py"):
            assert file.stem == "__init__" or f"`{package}/{file.name}`" in text, file.name


def test_the_infrastructure_documentation_lists_every_output(pipeline: Synthesized) -> None:
    assert codes(table(INFRASTRUCTURE.read_text(), "output |")) == set(pipeline.document["output"])


def test_the_infrastructure_documentation_lists_what_the_tasks_are_told(pipeline: Synthesized) -> None:
    told: dict[str, set[str]] = {}
    for definition in pipeline.all("aws_ecs_task_definition"):
        (container,) = json.loads(definition["container_definitions"])
        for variable in (*container["environment"], *container["secrets"]):
            told.setdefault(variable["name"], set()).add(container["name"])
    listed = {
        name: {"worker", "housekeep", "migrate"} if row[1] == "all" else set(CODE.findall(row[1]))
        for row in table(INFRASTRUCTURE.read_text(), "variable |")
        for name in CODE.findall(row[0])
    }
    elsewhere = {"ECS_AGENT_URI", "PGSSLROOTCERT"}
    assert {name: tasks for name, tasks in listed.items() if name not in elsewhere} == told


def test_the_infrastructure_documentation_lists_the_images_build_arguments() -> None:
    arguments = re.findall(r"^ARG (\w+)", (REPOSITORY / "lib" / "worker" / "Dockerfile").read_text(), re.MULTILINE)
    assert codes(table(INFRASTRUCTURE.read_text(), "build argument |")) == set(arguments)


def test_the_readme_presents_every_shipped_profile() -> None:
    presented = re.findall(r"^\| `configs/(\w+)\.yaml` \|", README.read_text(), re.MULTILINE)
    assert sorted(presented) == sorted(file.stem for file in (REPOSITORY / "configs").glob("*.yaml"))


def test_the_readme_presents_every_command() -> None:
    presented = set()
    for row in table(README.read_text(), "command | does"):
        first, *others = CODE.findall(row[0])
        path = re.match(r"streamflix ([a-z -]+?)(?= [\[A-Z-]|$)", first)
        assert path, first
        group = path[1].split()[0]
        presented |= {path[1], *(f"{group} {other}" for other in others)}
    assert presented == set(LEAVES)


def test_the_readme_says_what_to_do_however_a_job_ends() -> None:
    text = README.read_text()
    assert codes(table(text, "state | means")) == FINAL_JOB_STATES
    explained = [codes(table(text, f"{state} with |")) for state in ("held", "rejected", "dead")]
    reasons = {code for kind in get_args(ReasonCode) for code in (get_args(kind) or (kind,))}
    assert set().union(*explained) == reasons


def test_the_readme_troubleshoots_errors_that_exist() -> None:
    named = {code for code in codes(table(README.read_text(), "you see |")) if code.isupper()}
    assert named
    assert named <= set(get_args(ErrorCode))


def test_the_content_record_of_the_readme_is_valid_and_shows_every_field(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(id: .*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    path = tmp_path / "film.yaml"
    path.write_text(example)
    read_content(path)
    fields = yaml.safe_load(example)
    assert set(fields) == set(ContentRecord.model_fields)
    assert {name for rights in fields["rights"] for name in rights} == set(Rights.model_fields)
