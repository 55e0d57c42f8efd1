"""`streamflix status`."""

from typing import Annotated

import typer

from streamflix_cli.commands import options
from streamflix_cli.ui.output import Output

WATCH_SECONDS = 5.0

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every 5 s; Ctrl-C ends it.")]


def status(
    env: options.Env = None, local: options.Local = False, watch: Watch = False, json: options.Json = False
) -> None:
    """Show a pipeline on one screen: stream, queues, tasks, database, jobs, alarms. A paused database stays paused.

    With --watch and --json, one JSON object a line.

    Example: streamflix status --env dev --watch
    """
    from contextlib import suppress

    from streamflix_cli.commands.pipeline import running
    from streamflix_cli.pipeline.status import Watcher
    from streamflix_cli.ui import status as ui

    output = Output(as_json=json)
    with running(env, local=local) as pipeline:
        watcher = Watcher(pipeline)
        if not watch:
            output.result(watcher.look(), ui.render_status)
            return
        with suppress(KeyboardInterrupt), ui.watched(output.out, as_json=json) as show:
            for looked in watcher.watch(WATCH_SECONDS, say=output.note):
                show(looked)
