"""Processes that are recognized by more than their id."""

import psutil

from streamflix_cli.local.models import ProcessRecord


def find(record: ProcessRecord | None) -> psutil.Process | None:
    """The recorded process, None if it has ended, even if its id now belongs to another one."""
    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        mine = record.token in process.cmdline()
        return process if mine and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def stop(record: ProcessRecord | None, *, grace_seconds: float) -> bool:
    """Ends a process: SIGTERM, then SIGKILL after `grace_seconds`.

    Returns:
        Whether it was running.

    Raises:
        psutil.TimeoutExpired: It survived SIGKILL (it hangs in the kernel).
    """
    process = find(record)
    if process is None:
        return False
    try:
        process.terminate()
        try:
            process.wait(grace_seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)
    except psutil.NoSuchProcess:
        pass
    return True
