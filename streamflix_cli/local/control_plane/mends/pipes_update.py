"""`UpdatePipe` loses the starting position, which is no part of an update: every plan replaces the pipe."""

from typing import Any

from moto.pipes.models import EventBridgePipesBackend, Pipe

from streamflix_cli.local.control_plane.patch import Method, wrap

FIXED = ("StartingPosition", "StartingPositionTimestamp")


def _keep_position(update: Method) -> Method:
    def update_pipe(self: EventBridgePipesBackend, name: str, **changes: Any) -> Pipe:
        before = (self.pipes[name].source_parameters or {}) if name in self.pipes else {}
        for kind, parameters in (changes.get("source_parameters") or {}).items():
            # Only a stream's parameters hold a position; the filter's do not.
            old = before.get(kind, {})
            parameters.update({key: old[key] for key in FIXED if key in old})
        pipe: Pipe = update(self, name=name, **changes)
        return pipe

    return update_pipe


def apply() -> None:
    """Keeps what cannot be updated."""
    wrap(EventBridgePipesBackend, "update_pipe", _keep_position)
