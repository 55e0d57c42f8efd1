"""Where the project lies whose environments are meant."""

from pathlib import Path

from streamflix_cli.errors import EXIT_USAGE, StreamflixError

CONFIGS = "configs"


def find_root(start: Path | None = None) -> Path:
    """Returns the nearest folder from `start` (the current folder) upwards that holds `configs/`.

    Raises:
        StreamflixError: `PROJECT_NOT_FOUND` if there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIGS).is_dir():
            return folder
    raise StreamflixError(
        "PROJECT_NOT_FOUND",
        f"No folder `{CONFIGS}/` in {here} or above it.",
        hint=f"Change to a StreamFlix project, or make one: `mkdir {CONFIGS}` and write `{CONFIGS}/dev.yaml`.",
        exit_code=EXIT_USAGE,
    )
