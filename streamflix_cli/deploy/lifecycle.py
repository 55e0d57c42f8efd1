"""synth, plan, deploy and destroy of one environment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.deploy import orphans
from streamflix_cli.deploy.adoption import Adoption, adopt, clear, existing, unknown
from streamflix_cli.deploy.events import Event
from streamflix_cli.deploy.host import Host
from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.migrate import run_migrations
from streamflix_cli.deploy.record import write_record
from streamflix_cli.deploy.results import DeployResult, DestroyResult, PlanResult, SynthResult
from streamflix_cli.deploy.run import Run, open_run, where
from streamflix_cli.deploy.state import State
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers, detach_policy, stop_tasks
from streamflix_cli.deploy.synth import synthesize
from streamflix_cli.deploy.workspace import Workspace
from streamflix_cli.errors import EXIT_NOT_DONE, StreamflixError
from streamflix_cli.profiles.selection import Selection

SETTLE_SECONDS = 60.0
"""How long services may still know what is gone: a deleted queue, for one (DeleteQueue in the SQS API reference)."""


@dataclass(frozen=True)
class Job:
    """What to work on, and before whom.

    Attributes:
        root: The project's folder.
        selection: The environment and its profile.
        local: Whether to use the local cloud whatever the profile says.
        host: Shows and asks.
    """

    root: Path
    selection: Selection
    local: bool
    host: Host

    @property
    def flags(self) -> str:
        """What names the environment on the command line: `--env`, and `--local` where its profile says otherwise."""
        named_local = self.selection.profile.aws.endpoint == "local"
        return f"--env {self.selection.name}" + (" --local" if self.local and not named_local else "")

    @contextmanager
    def run(self) -> Iterator[Run]:
        """Opens a run on the environment."""
        chosen = self.selection
        with open_run(
            root=self.root,
            suffix=chosen.suffix,
            profile=chosen.profile,
            local=self.local,
            say=self.host.say,
            warn=self.host.warn,
        ) as run:
            yield run


def synth(job: Job) -> SynthResult:
    """Synthesizes; needs neither credentials nor Terraform."""
    profile = where(job.selection.profile, local=job.local)
    workspace = Workspace(job.root, profile.aws.endpoint, job.selection.suffix)
    workspace.prepare()
    with environment_lock(workspace):
        done = synthesize(workspace, profile)
    return SynthResult(environment=job.selection.name, path=str(done.path), resources=done.resources)


def plan(job: Job) -> PlanResult:
    """Plans a deploy, and changes nothing."""
    with job.run() as run:
        run.synthesize()
        return _plan(job, run, adopt(run, wait=False, warn=job.host.warn))


def deploy(job: Job) -> DeployResult:
    """Plans, asks and applies.

    Raises:
        StreamflixError: `DECLINED`, `IMAGE_MISSING`, `DEPLOY_FAILED`, `INTERRUPTED` and what stands before them.
    """
    with job.run() as run:
        run.check_image()
        run.synthesize()
        adoption = adopt(run, wait=True, warn=job.host.warn)
        planned = _plan(job, run, adoption)
        began = time.monotonic()
        if not planned.empty:
            job.host.approve_deploy(planned)
            began = time.monotonic()
            _apply(job, run, planned, adoption)
        state = run.state()
        if "migrate_task_definition_arn" in state.outputs:
            job.host.say("Bringing the database to this version's schema.")
            run_migrations(run.cloud.session(), state.outputs, flags=job.flags)
        _record(job, run, state)
        return DeployResult(
            environment=job.selection.name,
            target=run.workspace.target,
            resources=len(state.addresses),
            changed=len(planned.changes),
            outputs=state.outputs,
            seconds=round(time.monotonic() - began),
        )


def destroy(job: Job, *, sweep: bool) -> DestroyResult:
    """Destroys an environment and proves that nothing is left of it.

    Args:
        job: What to destroy.
        sweep: Whether to delete what exists beyond the state: first what could be the stack's, which may stand in
            Terraform's way (a subnet in its VPC), and in the end whatever else is left.

    Raises:
        StreamflixError: `PROTECTED` before anything else; `DECLINED`, `DESTROY_FAILED`, `INTERRUPTED`;
            `LEFTOVERS` if something is left.
    """
    name, environment = job.selection.name, job.selection.profile.environment
    if environment.protected:
        raise _protected(
            f"`{name}` is protected; nothing was destroyed.",
            f"Take `protected: true` out of {job.selection.path.name}, deploy that, then destroy.",
        )
    with job.run() as run:
        run.synthesize()
        state = run.state()
        if state.outputs.get("protected") == "true":
            raise _protected(
                f"`{name}` was deployed as protected; nothing was destroyed.",
                "Deploy its present profile, which no longer protects it, then destroy.",
            )
        beyond = unknown(existing(run), state) if sweep else []
        if state.addresses or sweep:
            listed = [*state.addresses, *(f"{one.type} {one.id}" for one in beyond)]
            job.host.approve_destroy(name, listed, ephemeral=environment.ephemeral)
        if beyond:
            job.host.say(f"Deleting {len(beyond)} resources that the state does not know.")
            refused = delete_leftovers(run.cloud.session(), beyond, region=run.cloud.region)
            beyond = [one for one in beyond if one.id not in {other.id for other in refused}]
        destroyed = 0
        if policy := state.outputs.get("operator_policy_arn"):
            # People's roles have it attached, and Terraform deletes no attached policy.
            detach_policy(run.cloud.session(), policy)
        if cluster := state.outputs.get("cluster_name"):
            stop_tasks(run.cloud.session(), cluster)
        if state.addresses:
            with job.host.progress(f"Destroying {name}", len(state.addresses)) as on_event:
                destroyed = run.destroy(on_event).destroyed
        return _prove(job, run, destroyed, swept=beyond, sweep=sweep)


def _plan(job: Job, run: Run, adoption: Adoption) -> PlanResult:
    job.host.say(f"Planning {job.selection.name}.")
    planned = run.plan(_unseen)
    return PlanResult(
        **planned.model_dump(),
        environment=job.selection.name,
        target=run.workspace.target,
        obsolete=list(adoption.obsolete),
    )


def _apply(job: Job, run: Run, planned: PlanResult, adoption: Adoption) -> None:
    for one in clear(run, planned.obsolete):
        job.host.warn(f"{one.type} {one.id} could not be deleted: {one.detail}")
    creates = planned.create or planned.replace
    before = orphans.look(run, planned, adoption.existing) if creates else None
    try:
        with job.host.progress(f"Deploying {job.selection.name}", planned.operations) as on_event:
            run.apply(on_event)
    except StreamflixError as error:
        if error.code == "INTERRUPTED" and before is not None:
            orphans.remove(run, before)
        raise


def _record(job: Job, run: Run, state: State) -> None:
    """Every deploy is written down and extends the environment's life, even one that changes nothing."""
    parameter = state.outputs.get("environment_record")
    if parameter is None:
        return
    try:
        write_record(run.cloud.session(), parameter, job.selection.profile.environment)
    except (BotoCoreError, ClientError) as error:
        job.host.warn(f"Deployed, but the environment record {parameter} could not be written: {error}")


def _unseen(_event: Event) -> None:
    """Planning has no progress; its errors are in what it raises."""


def _prove(job: Job, run: Run, destroyed: int, *, swept: list[Leftover], sweep: bool) -> DestroyResult:
    job.host.say("Proving that nothing is left.")
    left = existing(run, settle_seconds=SETTLE_SECONDS if destroyed or swept else 0)
    if left and sweep:
        job.host.say(f"Deleting {len(left)} resources that the state did not know.")
        delete_leftovers(run.cloud.session(), left, region=run.cloud.region)
        found, left = left, existing(run, settle_seconds=SETTLE_SECONDS)
        swept = [*swept, *(one for one in found if one not in left)]
    result = DestroyResult(
        environment=job.selection.name,
        target=run.workspace.target,
        destroyed=destroyed,
        leftovers=left,
        swept=swept,
    )
    known = run.state()
    if left or known.addresses:
        raise _left_behind(result, known)
    return result


def _left_behind(result: DestroyResult, known: State) -> StreamflixError:
    lines = [f"  {one.type} {one.id} {one.detail}".rstrip() for one in result.leftovers]
    lines += [f"  {address} (still in the state)" for address in known.addresses]
    return StreamflixError(
        "LEFTOVERS",
        "\n".join([f"{result.destroyed} resources destroyed, but of `{result.environment}` is left:", *lines]),
        hint="`streamflix destroy --sweep` with the same options deletes it.",
        data=result,
    )


def _protected(message: str, hint: str) -> StreamflixError:
    return StreamflixError("PROTECTED", message, hint=hint, exit_code=EXIT_NOT_DONE)
