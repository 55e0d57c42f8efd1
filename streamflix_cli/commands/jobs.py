"""`streamflix jobs`: what became of the videos."""

from typing import Annotated

import typer

from lib.contracts.states import JobState
from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output

app = typer.Typer(
    name="jobs",
    help="List the jobs of a pipeline, look at one, cancel or retry it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)

JobId = Annotated[
    str,
    typer.Argument(help="The job's id, as `ingest` and `jobs list` show it, or its first characters.", metavar="JOB"),
]
State = Annotated[JobState | None, typer.Option("--state", help="Only jobs in this state.", show_default=False)]
Content = Annotated[
    str | None, typer.Option("--content", metavar="ID", help="Only jobs of this title.", show_default=False)
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest.")]


@app.command("list")
def list_jobs(
    *,
    env: options.Env = None,
    local: options.Local = False,
    state: State = None,
    content: Content = None,
    limit: Limit = 50,
    json: options.Json = False,
) -> None:
    """List jobs, the newest first, each with its state and why it stopped.

    Example: streamflix jobs list --env dev --state rejected
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.pipeline.models import Jobs
    from streamflix_cli.ui.jobs import render_jobs

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        found = JobBook(pipeline).newest(state=state, content_id=content, limit=limit)
    output.result(Jobs(jobs=found), render_jobs)


@app.command("show")
def show(job: JobId, env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Show a job: its video, tasks, renditions, and everything that happened to it.

    Example: streamflix jobs show 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11 --env dev
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.job_ids import find_job
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.ui.job import render_details

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        output.result(JobBook(pipeline).details(find_job(pipeline, job)), render_details)


@app.command("cancel")
def cancel(job: JobId, env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Cancel a job. One that is being worked on ends within seconds; submitting it again reopens it.

    Example: streamflix jobs cancel 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11 --env dev
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.job_ids import find_job
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.pipeline.models import Jobs
    from streamflix_cli.ui.jobs import render_cancelled

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        output.result(Jobs(jobs=[JobBook(pipeline).cancel(find_job(pipeline, job))]), render_cancelled)


@app.command("retry")
def retry(job: JobId, env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Begin a job anew that is held, rejected, dead or cancelled.

    Example: streamflix jobs retry 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11 --env dev
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.job_ids import find_job
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.pipeline.models import Jobs
    from streamflix_cli.ui.jobs import render_jobs

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        output.result(Jobs(jobs=[JobBook(pipeline).retry(find_job(pipeline, job))]), render_jobs)


@app.command("redrive")
def redrive(env: options.Env = None, local: options.Local = False, json: options.Json = False) -> None:
    """Empty the dead-letter queue: reopen dead jobs, and return all other messages to the jobs queue.

    Example: streamflix jobs redrive --env dev
    """
    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.ui.jobs import render_redriven

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        output.result(JobBook(pipeline).redrive(), render_redriven)
