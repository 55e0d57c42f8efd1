"""How the outcome of checking the audit trail is shown."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from streamflix_cli.pipeline.trail import Verified


def render_verified(console: Console, result: Verified) -> None:
    """Draws every place where the trail does not hold, then the count."""
    for one in result.broken:
        console.print(
            Text(f"position {one.position}, event {one.event_id}: {one.message}", style="red"), soft_wrap=True
        )
    if result.hidden:
        which = f"event{'s' * (len(result.hidden) > 1)} {_ranges(result.hidden)}"
        console.print(
            Text(f"{which} without a seal: never sealed, or the seal was removed", style="red"), soft_wrap=True
        )
    for other in result.mismatches:
        told = f"the trail says {other.told}" if other.told else "the trail does not know it"
        console.print(Text(f"job {other.job_id} is {other.state}, but {told}", style="red"), soft_wrap=True)
    if result.unsealed:
        console.print(f"{result.unsealed} events wait for the next worker to seal them.", soft_wrap=True)
    if result.holds:
        console.print(
            Text(f"{result.events} events: the chain holds, and every job is what it says.", style="green"),
            soft_wrap=True,
        )


def _ranges(numbers: Sequence[int]) -> str:
    """Rising numbers as `3, 40-80`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
