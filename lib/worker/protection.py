"""ECS task protection: a scale-in spares a worker that is busy."""

import json
import logging
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

logger = logging.getLogger(__name__)
EXPIRES_MINUTES = 10
"""Protection ends by itself if the worker dies; ECS takes 1 to 2,880 minutes."""
RENEW_SECONDS = 180
"""Well before it expires, and far from the API's throttling."""
TIMEOUT_SECONDS = 5


class TaskProtection:
    """Protects this ECS task from scale-in while it works.

    It never fails: without protection a preempted task is merely done again.

    Args:
        agent_uri: `ECS_AGENT_URI`; None outside ECS, where nothing scales in.
    """

    def __init__(self, agent_uri: str | None) -> None:
        self._url = f"{agent_uri}/task-protection/v1/state" if agent_uri else None
        self._renew_at: float | None = None

    def renew(self) -> None:
        """Protects the task, or goes on to do so."""
        if self._renew_at is not None and time.monotonic() < self._renew_at:
            return
        if self._put({"ProtectionEnabled": True, "ExpiresInMinutes": EXPIRES_MINUTES}):
            self._renew_at = time.monotonic() + RENEW_SECONDS

    def end(self) -> None:
        """Lets a scale-in take this task."""
        if self._renew_at is not None and self._put({"ProtectionEnabled": False}):
            self._renew_at = None

    def _put(self, state: dict[str, object]) -> bool:
        if self._url is None:
            return False
        request = Request(  # noqa: S310 - the address is the ECS agent's
            self._url,
            data=json.dumps(state).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                return True
        except (URLError, OSError) as error:
            logger.warning("Task protection could not be set to %s: %s", state["ProtectionEnabled"], error)
            return False
