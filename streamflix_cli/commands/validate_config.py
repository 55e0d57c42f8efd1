"""`streamflix validate-config`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from streamflix_cli.commands import options
from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.profiles.checking import check
from streamflix_cli.ui import diagnostics
from streamflix_cli.ui.output import Output, show_error

Files = Annotated[
    list[Path] | None,
    typer.Argument(help="Profiles, or folders of them; by default all of configs/.", show_default=False),
]
Format = Annotated[
    Literal["text", "json", "github"],
    typer.Option("--format", help="text; json, the same as --json; github, annotations of a pull request."),
]


def validate_config(files: Files = None, format: Format = "text", json: options.Json = False) -> None:
    """Validate profiles: their YAML, every field, and every rule that crosses fields.

    A profile that inherits from one of the files is validated as well. Exit code 2 if there is an error;
    warnings alone leave it 0.

    Example: streamflix validate-config configs/dev.yaml
    """
    as_json = json or format == "json"
    report = check(files or [])
    output = Output(as_json=as_json)
    describe = diagnostics.as_github if format == "github" else diagnostics.as_text
    if not report.count("error"):
        output.text(report, describe)
        return
    error = StreamflixError(
        "INVALID_PROFILE",
        diagnostics.summary(report),
        hint="Correct what is marked above; `streamflix config schema --rules` lists the rules.",
        exit_code=EXIT_USAGE,
        data=report,
    )
    if as_json:
        show_error(error, as_json=True)
        raise typer.Exit(EXIT_USAGE)
    output.text(report, describe)
    raise error
