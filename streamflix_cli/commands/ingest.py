"""`streamflix ingest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streamflix_cli.commands import options
from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.ui.output import Output

if TYPE_CHECKING:
    from streamflix_cli.pipeline.models import Failed, Ingested

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE…", help="Videos, or folders of them; STEM.yaml beside a video is its record."),
]
Metadata = Annotated[
    Path | None, typer.Option("--metadata", "-m", help="Content record (YAML) of the one video.", show_default=False)
]
TransportOption = Annotated[
    Literal["auto", "object", "stream"],
    typer.Option("--transport", help="By the stream, or by the raw bucket; auto: what is small by the stream."),
]
PriorityOption = Annotated[
    Literal["urgent", "normal", "bulk"], typer.Option("--priority", help="How soon the result is wanted.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the jobs to their end; exit 1 unless all are published.")]


def ingest(
    *,
    files: Files,
    env: options.Env = None,
    local: options.Local = False,
    metadata: Metadata = None,
    transport: TransportOption = "auto",
    priority: PriorityOption = "normal",
    wait: Wait = False,
    json: options.Json = False,
) -> None:
    """Submit videos to a pipeline. A video that is published or under way already is returned as it is.

    Interrupted, the same command goes on with the upload. Without a content record, a video's id and title are
    its file's name.

    Example: streamflix ingest film.mp4 --env dev --metadata film.yaml --wait
    """
    from functools import partial
    from uuid import UUID

    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.deploy.interrupts import as_keyboard_interrupt, interrupted
    from streamflix_cli.pipeline.ingest import Ingest
    from streamflix_cli.pipeline.jobs import JobBook
    from streamflix_cli.pipeline.models import Ingested
    from streamflix_cli.pipeline.sources import find_sources
    from streamflix_cli.ui.ingest import Transfers, render_ingested
    from streamflix_cli.ui.jobs import Following

    output = Output(as_json=json)
    sources, failed = find_sources(files, metadata, warn=output.warn)
    count = len(sources) + len(failed)
    if count == 0:
        raise _usage("There is no video in what was given.", "Name videos, or a folder that holds some.")
    if metadata is not None and count > 1:
        raise _usage(f"--metadata describes one video; these are {count}.", "Put STEM.yaml beside each video.")
    with running(env, local=local) as pipeline, as_keyboard_interrupt():
        call = Ingest(pipeline, transport, priority, Transfers(output))
        try:
            call.run(sources)
            if wait and call.jobs:
                with Following(output.err).shown() as following:
                    for jobs in JobBook(pipeline).follow(call.jobs, call.before, say=output.note):
                        call.jobs = jobs
                        following.update(jobs)
        except KeyboardInterrupt as pressed:
            which = f"show {call.jobs[0].job_id}" if len(call.jobs) == 1 else "list"
            follow = f" `streamflix jobs {which} {pipeline.flags}` shows how it goes on." if call.jobs else ""
            raise interrupted(
                _where_it_stands(len(call.jobs), len(sources)),
                hint=f"Run the same command again for what is left.{follow}",
                data=Ingested(jobs=call.jobs, failed=[*failed, *call.failed]),
            ) from pressed
        result = Ingested(jobs=call.jobs, failed=[*failed, *call.failed])
        error = _what_is_wrong(result, pipeline.flags, wait=wait)
        if error is None or not json:
            book = JobBook(pipeline)
            published = [book.details(UUID(job.job_id)) for job in result.jobs if wait and job.published and not json]
            output.result(result, partial(render_ingested, published=published, flags=pipeline.flags))
        if error is not None:
            raise error


def _what_is_wrong(result: "Ingested", flags: str, *, wait: bool) -> StreamflixError | None:
    if result.failed:
        count = len(result.failed)
        return StreamflixError(
            "INGEST_INCOMPLETE",
            "\n".join([f"{count} of {count + len(result.jobs)} files not submitted:", *map(_line, result.failed)]),
            hint=f"{' '.join(dict.fromkeys(one.hint for one in result.failed))} Nothing is submitted twice.",
            data=result,
        )
    unpublished = [job for job in result.jobs if job.state != "published"]
    if wait and unpublished:
        return StreamflixError(
            "NOT_PUBLISHED",
            f"{len(unpublished)} of {len(result.jobs)} videos not published.",
            hint=f"`streamflix jobs show {unpublished[0].job_id} {flags}` shows what happened.",
            data=result,
        )
    return None


def _usage(message: str, hint: str) -> StreamflixError:
    return StreamflixError("USAGE", message, hint=hint, exit_code=EXIT_USAGE)


def _where_it_stands(submitted: int, of: int) -> str:
    if submitted == of:
        return f"Interrupted; the job{'s go' if of > 1 else ' goes'} on."
    if submitted == 0:
        return "Interrupted; nothing is submitted yet."
    return f"Interrupted; {submitted} of {of} videos are submitted, and their jobs go on."


def _line(one: "Failed") -> str:
    """AWS's own messages do not name the file."""
    file = "" if one.file in one.message else f"{one.file}: "
    return f"  [{one.code}] {file}{one.message}"
