"""Who holds an environment, and the release of what a killed run holds still.

Three locks guard an environment. This machine's is the kernel's: it is free as soon as its processes are gone. So is
that of Terraform's local backend, which only leaves a note behind. The S3 backend's is an object beside the state,
which stays until somebody deletes it.
"""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil
from botocore.exceptions import ClientError
from pydantic import BaseModel, Field, ValidationError

from lib.naming import Naming
from lib.profile import Profile
from streamflix_cli.deploy.cloud import Cloud, on_aws
from streamflix_cli.deploy.lifecycle import Job
from streamflix_cli.deploy.lock import environment_lock, holder_of
from streamflix_cli.deploy.results import HeldLock, UnlockResult
from streamflix_cli.deploy.run import Run, where
from streamflix_cli.deploy.toolchain import find_toolchain
from streamflix_cli.deploy.workspace import FOLDER, STACK, Workspace
from streamflix_cli.errors import EXIT_NOT_DONE, StreamflixError

_PROVIDER = "terraform-provider"


class _LockInfo(BaseModel):
    """What Terraform writes of a lock (`statemgr.LockInfo`)."""

    id: str = Field(validation_alias="ID")
    operation: str = Field(validation_alias="Operation")
    who: str = Field(validation_alias="Who")
    created: datetime = Field(validation_alias="Created")


def unlock(job: Job) -> UnlockResult:
    """Shows the locks of an environment, asks, and releases what no living process of this machine holds.

    Raises:
        StreamflixError: `ENVIRONMENT_LOCKED` (exit code 3) if a living process holds one; `DECLINED`,
            `CONFIRMATION_REQUIRED`; `TERRAFORM_FAILED`; what stands before a deploy if the state is in S3.
    """
    profile = where(job.selection.profile, local=job.local)
    workspace = Workspace(job.root, profile.aws.endpoint, job.selection.suffix)
    workspace.prepare()
    in_s3 = profile.state.backend == "s3"
    cloud = on_aws(profile.aws.region, allowed_account=profile.aws.account_id) if in_s3 else None
    held = _held(workspace, profile, cloud)
    result = UnlockResult(environment=job.selection.name, target=workspace.target, held=held)
    _refuse_living(result)
    if not held:
        return result
    job.host.approve_unlock(job.selection.name, held)
    with environment_lock(workspace) as lock:  # nobody begins meanwhile
        if cloud is None:
            _note(workspace).unlink(missing_ok=True)
        else:
            run = Run(workspace, profile, cloud, find_toolchain(), job.host.say, lock)
            for one in held:
                run.force_unlock(str(one.id))
    return result.model_copy(update={"released": True})


def _held(workspace: Workspace, profile: Profile, cloud: Cloud | None) -> list[HeldLock]:
    locks: list[HeldLock] = []
    if holder := holder_of(workspace):
        locks.append(
            _lock(
                "environment",
                str(workspace.lock),
                who=f"{holder.user}@{holder.host}",
                doing=holder.command,
                since=holder.since,
                pids=list(_having_open(workspace.lock)) or [holder.pid],
            )
        )
    found = _local_lock(workspace) if cloud is None else _s3_lock(workspace, profile, cloud)
    return [*locks, *([found] if found else [])]


def _local_lock(workspace: Workspace) -> HeldLock | None:
    note = _note(workspace)
    info: _LockInfo | None
    try:
        info = _LockInfo.model_validate_json(note.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:  # cut off while it was written
        info = None
    pids = list(_having_open(workspace.state)) if _is_locked(workspace.state) else []
    return _state_lock(str(note), info, since=datetime.fromtimestamp(note.stat().st_mtime, UTC), pids=pids)


def _s3_lock(workspace: Workspace, profile: Profile, cloud: Cloud) -> HeldLock | None:
    bucket, key = str(profile.state.bucket), f"{Naming(workspace.suffix).state_key}.tflock"
    client: Any = cloud.session().client("s3", region_name=profile.state.region or profile.aws.region)
    try:
        found = client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise StreamflixError(
            "STATE_BUCKET_MISSING",
            f"The lock in s3://{bucket}/{key} cannot be read: {error}",
            hint="Check `state.bucket` in the profile and the credentials' permissions on it.",
        ) from error
    info = _LockInfo.model_validate_json(found["Body"].read())
    pids = list(_working_on(workspace))
    return _state_lock(f"s3://{bucket}/{key}", info, since=found["LastModified"], pids=pids)


def _state_lock(place: str, info: _LockInfo | None, *, since: datetime, pids: list[int]) -> HeldLock:
    if info is None:
        return _lock("state", place, who="unknown", doing="unknown", since=since, pids=pids)
    return _lock("state", place, who=info.who, doing=info.operation, since=info.created, pids=pids, id=info.id)


def _lock(
    kind: Literal["environment", "state"],
    place: str,
    *,
    who: str,
    doing: str,
    since: datetime,
    pids: list[int],
    id: str | None = None,
) -> HeldLock:
    return HeldLock(
        kind=kind,
        place=place,
        id=id,
        who=who,
        doing=doing,
        since=since,
        age_seconds=max(0, round((datetime.now(UTC) - since).total_seconds())),
        pids=pids,
        elsewhere="@" in who and who.rpartition("@")[2] != socket.gethostname(),
    )


def _refuse_living(result: UnlockResult) -> None:
    living = [one for one in result.held if one.pids]
    if living:
        first = living[0]
        pids = sorted({pid for one in living for pid in one.pids})
        raise StreamflixError(
            "ENVIRONMENT_LOCKED",
            f"Nothing was released: {', '.join(f'process {pid}' for pid in pids)} of this machine works on "
            f"`{result.environment}` ({first.doing}, {first.who}, since {first.since:%Y-%m-%d %H:%M:%S %Z}).",
            hint=f"Wait for it to end, or stop it with `kill -INT {pids[0]}`.",
            exit_code=EXIT_NOT_DONE,
            data=result,
        )


def _note(workspace: Workspace) -> Path:
    """What Terraform's local backend writes beside a state while it works on it."""
    return workspace.state.with_name(f".{workspace.state.name}.lock.info")


def _is_locked(path: Path) -> bool:
    """Whether a process holds Terraform's lock on a local state, which is POSIX's."""
    try:
        with path.open("rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _having_open(path: Path) -> Iterator[int]:
    """The processes that have a file open."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(path.resolve()) in {file.path for file in process.open_files()}:
                yield process.pid


def _working_on(workspace: Workspace) -> Iterator[int]:
    """The Terraforms at work on an environment, from whichever folder of this machine they were started."""
    ending = (FOLDER, workspace.target, workspace.suffix, "out", "stacks", STACK)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()).parts[-len(ending) :] == ending and not process.name().startswith(_PROVIDER):
                yield process.pid
