"""One run on one environment: its lock, its tools, and what it does with them."""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from botocore.exceptions import BotoCoreError

from lib.profile import Profile, State as StateSettings
from streamflix_cli.deploy import guards, process
from streamflix_cli.deploy.backend import read_state
from streamflix_cli.deploy.cloud import Cloud, on_aws, on_local_cloud
from streamflix_cli.deploy.events import Completed, Diagnosed, Event, Parser
from streamflix_cli.deploy.hints import hint_for, is_lock_held
from streamflix_cli.deploy.instance import forget_lost
from streamflix_cli.deploy.interrupts import as_keyboard_interrupt, interrupted
from streamflix_cli.deploy.lock import environment_lock
from streamflix_cli.deploy.planfile import Plan, parse_plan
from streamflix_cli.deploy.state import State, check_files, unsaved
from streamflix_cli.deploy.synth import Synthesis, synthesize
from streamflix_cli.deploy.terraform_config import cli_configuration
from streamflix_cli.deploy.toolchain import Toolchain, find_toolchain
from streamflix_cli.deploy.workspace import STACK, Workspace, unusable
from streamflix_cli.errors import ErrorCode, StreamflixError

Say = Callable[[str], None]
OnEvent = Callable[[Event], None]
Command = Literal["diff", "deploy", "destroy"]

_CODES: dict[Command, ErrorCode] = {"diff": "PLAN_FAILED", "deploy": "DEPLOY_FAILED", "destroy": "DESTROY_FAILED"}
_FULL = 1024 * 1024
"""Bytes free: below, what the programs say of an error may be cut off."""
_OPTIONS = ("--skip-synth", "--skip-provider-lock", "--output", ".", "--no-color")
_UNWANTED = ("TF_DATA_DIR", "TF_WORKSPACE", "TF_PLUGIN_CACHE_DIR")
"""Would move the state or the provider out of the environment's folder. A plugin cache that two runs share is not
safe for concurrent `terraform init` (Terraform's CLI configuration, "Provider Plugin Cache")."""


@dataclass(frozen=True)
class Run:
    """Work on one environment, whose lock this run holds.

    Attributes:
        workspace: The environment's folder.
        profile: As it is deployed: `aws.endpoint` and `state` say where.
        cloud: Where it is deployed to.
        tools: The programs to start.
        say: Takes sentences on what goes on.
    """

    workspace: Workspace
    profile: Profile
    cloud: Cloud
    tools: Toolchain
    say: Say
    _lock: int

    def synthesize(self) -> Synthesis:
        """Synthesizes the stack into the workspace."""
        return synthesize(self.workspace, self.profile)

    def state(self) -> State:
        """Returns what is deployed; the stack has been synthesized."""
        return read_state(self.workspace.stack / "cdk.tf.json", self.cloud)

    def check_image(self) -> None:
        """Refuses to go on if the worker's image is not in its registry; the local cloud needs none."""
        if self.cloud.target == "aws":
            guards.check_image(self.cloud, self.profile.processing.image)

    def plan(self, on_event: OnEvent) -> Plan:
        """Plans a deploy.

        Raises:
            StreamflixError: `PLAN_FAILED`, `STATE_LOCKED`, `TERRAFORM_FAILED`, `INTERRUPTED`.
        """
        self._cdktf("diff", on_event)
        done = self._terraform("show", "-json", "plan")
        if done.returncode != 0:
            raise StreamflixError(
                "TERRAFORM_FAILED",
                f"Terraform cannot read its plan: {done.stderr.decode(errors='replace').strip()}",
                hint=f"Remove {self.workspace.stack / 'plan'} and run the same command again.",
            )
        return parse_plan(done.stdout)

    def apply(self, on_event: OnEvent) -> Completed:
        """Applies the synthesized stack.

        Raises:
            StreamflixError: `DEPLOY_FAILED`, `STATE_LOCKED`, `INTERRUPTED`.
        """
        return self._cdktf("deploy", on_event, "--auto-approve")

    def destroy(self, on_event: OnEvent) -> Completed:
        """Destroys what the state knows.

        Raises:
            StreamflixError: `DESTROY_FAILED`, `STATE_LOCKED`, `INTERRUPTED`.
        """
        return self._cdktf("destroy", on_event, "--auto-approve")

    def force_unlock(self, lock: str) -> None:
        """Releases Terraform's lock on the state in its backend.

        Args:
            lock: Its id.

        Raises:
            StreamflixError: `TERRAFORM_FAILED`, and as `synthesize`.
        """
        if not (self.workspace.stack / "cdk.tf.json").exists():  # of the run that was killed, if it was here
            self.synthesize()
        for arguments in (("init", "-input=false"), ("force-unlock", "-force", lock)):
            done = self._terraform(*arguments, "-no-color")
            if done.returncode != 0:
                raise StreamflixError(
                    "TERRAFORM_FAILED",
                    f"`terraform {arguments[0]}` failed: {done.stderr.decode(errors='replace').strip()}",
                    hint="Correct what it names, then run the same command again.",
                )

    def _terraform(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self.tools.terraform, *arguments],
            cwd=self.workspace.stack,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )

    def _cdktf(self, command: Command, on_event: OnEvent, *options: str) -> Completed:
        parser, seen = Parser(), list[Event]()

        def on_events(events: list[Event]) -> None:
            for event in events:
                seen.append(event)
                on_event(event)

        log = self.workspace.new_log(command)
        try:
            (self.workspace.out / "cdktf.json").write_text(json.dumps({"language": "python", "app": "true"}))
        except OSError as error:
            raise unusable(self.workspace.out, error) from error
        code, pressed = process.run(
            [self.tools.node, self.tools.cdktf, command, STACK, *options, *_OPTIONS],
            cwd=self.workspace.out,
            environment=self._environment(),
            log=log,
            on_line=lambda line: on_events(parser.feed(line)),
            say=self.say,
            keep_open=[self._lock],
        )
        on_events(parser.close())
        if pressed:
            raise self._interrupted(command, pressed)
        completed = next((event for event in seen if isinstance(event, Completed)), None)
        # cdktf takes a Terraform that a signal ended for one that succeeded.
        if code != 0 or (completed is None and command != "diff"):
            raise self._failed(command, code, seen, log)
        return completed or Completed(0, 0, 0)

    def _interrupted(self, command: Command, pressed: int) -> StreamflixError:
        if command == "diff":
            return interrupted("Interrupted while planning; nothing was changed.")
        try:
            check_files(self.workspace)
            known = len(self.state().addresses)
        except StreamflixError as error:
            return interrupted(f"Interrupted. {error.message}", hint=error.hint)
        if pressed == 1:
            return interrupted(
                f"Interrupted. Terraform wrote its state, which knows {known} resources of `{self.workspace.suffix}`.",
                hint="The same command goes on from here; `streamflix destroy` removes what there is.",
                data={"resources": known},
            )
        forced = "told to end at once" if pressed == 2 else "killed"
        return interrupted(
            f"Interrupted; Terraform was {forced}. Its state knows {known} resources of `{self.workspace.suffix}`, "
            "and may lack what was under way.",
            hint="The same command goes on from here, and adopts what the state lacks; if it says that the state is "
            "locked, `streamflix unlock` releases that. "
            "`streamflix destroy --sweep` removes what there is.",
            data={"resources": known},
        )

    def _failed(self, command: Command, code: int, seen: list[Event], log: Path) -> StreamflixError:
        if self.workspace.unsaved_state.exists():
            return unsaved(self.workspace)
        if shutil.disk_usage(self.workspace.folder).free < _FULL:
            return unusable(self.workspace.folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        # Terraform ends what runs beside a failed resource with this error, which says nothing.
        errors = [event.text for event in seen if isinstance(event, Diagnosed)]
        is_complete = any(isinstance(event, Completed) for event in seen)
        if (code == 0 or seen) and not errors and not is_complete:
            return StreamflixError(
                _CODES[command],
                f"`cdktf {command}` ended before Terraform was done: one of the two was killed, perhaps for want of "
                f"memory. The whole log: {log}",
                hint="The same command goes on from here, and adopts what the state lacks; if it says that the state "
                "is locked, `streamflix unlock` releases that.",
            )
        texts = list(dict.fromkeys(text for text in errors if text != "execution halted"))
        hints = list(dict.fromkeys(hint for text in texts if (hint := hint_for(text))))
        if not texts:
            texts = log.read_text(errors="replace").strip().splitlines()[-5:]
            hints = [hint for hint in [hint_for("\n".join(texts))] if hint]
        found: ErrorCode = "STATE_LOCKED" if any(is_lock_held(text) for text in texts) else _CODES[command]
        summary = f"`cdktf {command}` failed with {len(texts)} error{'s' * (len(texts) != 1)}:"
        return StreamflixError(
            found,
            "\n\n".join([summary, *texts, f"The whole log: {log}"]),
            hint="\n  ".join(hints) or "Correct what the error names, then run the same command again: it goes on.",
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
        return {
            **inherited,
            "PATH": f"{self.tools.node.parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
            "TERRAFORM_BINARY_NAME": str(self.tools.terraform),
            "TF_CLI_CONFIG_FILE": str(cli_configuration(self.workspace.folder / "terraform.rc")),
            "TF_IN_AUTOMATION": "1",
            "CI": "1",  # line-wise output, no questions
            "CHECKPOINT_DISABLE": "1",
            "DISABLE_VERSION_CHECK": "1",
            "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",
            "NODE_COMPILE_CACHE": str(self.tools.compile_cache),
        }


@contextmanager
def open_run(*, root: Path, suffix: str, profile: Profile, local: bool, say: Say, warn: Say) -> Iterator[Run]:
    """Locks an environment and checks everything that can be checked before it is touched.

    Args:
        root: The project's folder.
        suffix: The environment suffix.
        profile: The environment's profile.
        local: Whether to use the local cloud whatever the profile says.
        say: Takes sentences on what goes on.
        warn: Takes what the user should know.

    Raises:
        StreamflixError: For everything that is missing, locked, half-written or forbidden.
    """
    profile = where(profile, local=local)
    workspace = Workspace(root, profile.aws.endpoint, suffix)
    tools = find_toolchain()
    workspace.prepare()
    with as_keyboard_interrupt(), environment_lock(workspace) as lock:
        try:
            cloud = _cloud(workspace, profile, say=say, warn=warn)
            check_files(workspace)
            yield Run(workspace, profile, cloud, tools, say, lock)
        except OSError as error:  # a full disk shows wherever something is written
            raise unusable(Path(error.filename or workspace.folder), error) from error
        except BotoCoreError as error:  # as a lost network does wherever AWS is asked
            raise StreamflixError(
                "AWS_UNREACHABLE",
                f"AWS could not be asked: {error}",
                hint="Check network, proxy settings (HTTPS_PROXY) and credentials, then run the same command again.",
            ) from error


def _cloud(workspace: Workspace, profile: Profile, *, say: Say, warn: Say) -> Cloud:
    region = profile.aws.region
    if workspace.target == "local":
        cloud = on_local_cloud(workspace.root, region, say=say)
        if told := forget_lost(workspace, cloud):
            warn(told)
        return cloud
    cloud = on_aws(region, allowed_account=profile.aws.account_id)
    if profile.state.backend == "s3" and profile.state.bucket:
        guards.check_state_bucket(cloud, profile.state.bucket, profile.state.region or region)
    return cloud


def where(profile: Profile, *, local: bool) -> Profile:
    """Returns the profile as it is deployed: the local cloud always uses the local backend."""
    if not local and profile.aws.endpoint == "aws":
        return profile
    aws = profile.aws.model_copy(update={"endpoint": "local"})
    return profile.model_copy(update={"aws": aws, "state": StateSettings()})
