"""`streamflix logs`."""

from typing import Annotated, Literal

import typer

from streamflix_cli.commands import options
from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.ui.output import Output

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is logged from now on; Ctrl-C ends it.")]
Since = Annotated[str, typer.Option("--since", help="How far back to begin, as 90m, 2h or 1d.")]
JobOption = Annotated[
    str | None,
    typer.Option("--job", help="Only lines that name this job; the first characters of its id do.", show_default=False),
]
TaskOption = Annotated[Literal["worker", "housekeep", "migrate"], typer.Option("--task", help="Whose log.")]


def logs(
    *,
    env: options.Env = None,
    local: options.Local = False,
    follow: Follow = False,
    since: Since = "15m",
    job: JobOption = None,
    task: TaskOption = "worker",
    json: options.Json = False,
) -> None:
    """Show what the tasks of a pipeline log; with --json one JSON object a line.

    Example: streamflix logs --env dev --follow --job 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11
    """
    import re
    from contextlib import suppress

    from lib.profile import DURATION_PATTERN
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.deploy.record import lifetime
    from streamflix_cli.pipeline.job_ids import find_job
    from streamflix_cli.pipeline.logs import read
    from streamflix_cli.ui.logs import print_json, render_line

    if not re.fullmatch(DURATION_PATTERN, since):
        raise StreamflixError(
            "USAGE", f"--since {since} is no time span.", hint="Write it as 90m, 2h or 1d.", exit_code=EXIT_USAGE
        )
    output = Output(as_json=json)
    with running(env, local=local) as pipeline, suppress(*([KeyboardInterrupt] if follow else [])):
        job_id = str(find_job(pipeline, job)) if job else None
        line = None
        for line in read(pipeline, task, since=lifetime(since), job_id=job_id, follow=follow):
            if json:
                print_json(line)
            else:
                render_line(output.out, line)
        if line is None:
            output.note(f"Nothing was logged in the last {since}; --since goes further back.")
