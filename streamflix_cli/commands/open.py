"""`streamflix open`."""

import sys
from typing import Annotated

import typer

from streamflix_cli.commands import options
from streamflix_cli.errors import StreamflixError
from streamflix_cli.ui.output import Output

JobId = Annotated[str, typer.Argument(help="The job's id, or an unambiguous beginning of it.", metavar="JOB")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser, or only print it.")]


def open_job(
    job: JobId,
    env: options.Env = None,
    local: options.Local = False,
    browser: Browser = True,
    json: options.Json = False,
) -> None:
    """Play a published video in the browser, straight from its bucket, until Ctrl-C. It is noted in the audit trail.

    Example: streamflix open 5f0c9a52-1d6c-5c0b-8a11-6f1f0f6e0b11 --env dev
    """
    import webbrowser
    from contextlib import suppress

    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.deploy.interrupts import as_keyboard_interrupt
    from streamflix_cli.pipeline.job_ids import find_job
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.pipeline.player.server import PlayerServer, Prefix
    from streamflix_cli.ui.open import Opened, render_opened

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        book = JobBook(pipeline)
        found = book.get(find_job(pipeline, job))
        if found.published is None:
            raise StreamflixError(
                "JOB_STATE",
                f"Job {found.job_id} is {found.state}; only published videos can be opened.",
                hint=f"`streamflix jobs show {found.job_id} {pipeline.flags}` shows where it stands.",
            )
        book.opened(found)
        prefix, description = Prefix.parse(found.published), f"{found.file_name}, job {found.job_id}"
        with PlayerServer(pipeline.client("s3"), prefix, title=found.content_id, description=description) as server:
            output.result(Opened(job_id=found.job_id, content_id=found.content_id, url=server.url), render_opened)
            sys.stdout.flush()
            if browser:
                webbrowser.open(server.url)
            output.note("Ctrl-C ends it.")
            with suppress(KeyboardInterrupt), as_keyboard_interrupt():
                server.serve_forever()
