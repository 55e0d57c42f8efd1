"""How the outcome of checking the audit trail is shown."""

from rich.console import Console
from rich.text import Text

from streamflix_cli.pipeline.trail import Verified


def render_verified(console: Console, result: Verified) -> None:
    """Draws every place where the trail does not hold, then the count."""
    for one in result.broken:
        console.print(
            Text(f"position {one.position}, event {one.event_id}: {one.message}", style="red"), soft_wrap=True
        )
    for event_id in result.hidden:
        console.print(Text(f"event {event_id} was kept from being sealed", style="red"))
    for other in result.mismatches:
        told = f"the trail says {other.told}" if other.told else "the trail does not know it"
        console.print(Text(f"job {other.job_id} is {other.state}, but {told}", style="red"), soft_wrap=True)
    if result.unsealed:
        console.print(f"{result.unsealed} events wait for the next worker to seal them.")
    if result.holds:
        console.print(Text(f"{result.events} events: the chain holds, and every job is what it says.", style="green"))
