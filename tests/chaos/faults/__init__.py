"""What the nemesis does, by kind."""

from collections.abc import Mapping

from tests.chaos.faults import disk, messages, services, workers
from tests.chaos.faults.fault import Hit as Hit, Inject as Inject, Means as Means

ON_WORKERS: Mapping[str, Inject] = {
    "kill": workers.kill_any,
    **{f"kill when {kind} is claimed": workers.kill_at_claim(kind) for kind in workers.KINDS},
    **{f"kill when {kind} is done": workers.kill_when_done(kind) for kind in workers.KINDS},
    **{f"pause {kind} past its lease": workers.pause(kind) for kind in workers.KINDS},
    "drain": workers.drain,
    "disk full": disk.fill,
}
"""Each injects one fault and returns what it hit, None if there was nothing to hit."""
ON_SERVICES: Mapping[str, Inject] = {
    "messages lost": messages.lose,
    "messages doubled": messages.repeat(2),
    "messages tenfold": messages.repeat(10),
    "messages reordered": messages.reorder,
    "pipe killed and replayed": messages.replay,
    "database restarted": services.restart_database,
    "connections cut": services.cut_connections,
    "secret rotated": services.rotate,
    "AWS throttles": services.weather("throttled"),
    "AWS fails": services.weather("failed"),
    "AWS's answers lost": services.weather("answer lost"),
    "AWS resets": services.weather("reset"),
    "AWS is slow": services.weather("latency"),
    "everything killed": services.kill_everything,
}
"""The same. The two groups act side by side."""
