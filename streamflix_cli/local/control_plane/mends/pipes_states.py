"""A stopped pipe runs again at the next look at it, and one created or updated as stopped runs at once."""

from typing import Any

from moto.pipes.models import EventBridgePipesBackend, Pipe, PipeStatus

from streamflix_cli.local.control_plane.patch import Method, wrap

WANTED = (PipeStatus.RUNNING.value, PipeStatus.STOPPED.value)


def _as_wanted(change: Method) -> Method:
    def create_or_update(self: EventBridgePipesBackend, *args: Any, **settings: Any) -> Pipe:
        pipe: Pipe = change(self, *args, **settings)
        if pipe.desired_state in WANTED:
            pipe.status = pipe.desired_state
        return pipe

    return create_or_update


def _without_the_way_back(transitions: Method) -> Method:
    def status_transitions() -> list[tuple[str | None, str]]:
        return [(before, after) for before, after in transitions() if before != PipeStatus.STOPPED.value]

    return status_transitions


def apply() -> None:
    """Lets the current state follow the desired one."""
    wrap(PipeStatus, "status_transitions", _without_the_way_back)
    wrap(EventBridgePipesBackend, "create_pipe", _as_wanted)
    wrap(EventBridgePipesBackend, "update_pipe", _as_wanted)
