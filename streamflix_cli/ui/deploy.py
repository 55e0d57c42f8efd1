"""What deploy and destroy show when they are done, and before they ask."""

from rich.console import Console
from rich.text import Text

from streamflix_cli.deploy.results import DeployResult, DestroyResult, SynthResult
from streamflix_cli.deploy.sweep import Leftover


def render_synth(console: Console, result: SynthResult) -> None:
    """Draws where the stack's JSON lies."""
    console.print(f"{result.resources} resources in {result.path}", markup=False, soft_wrap=True)


def render_deploy(console: Console, result: DeployResult, *, flags: str) -> None:
    """Draws the outputs and the commands to type next.

    Args:
        console: Where to.
        result: What was deployed.
        flags: What names the environment in those commands, as `--env dev`.
    """
    where = "the local cloud" if result.target == "local" else "AWS"
    state = f"{result.changed} changes in {result.seconds} s" if result.changed else "nothing to change"
    console.print(
        Text(f"{result.environment} is deployed to {where}: {result.resources} resources, {state}.", style="bold green")
    )
    width = max(map(len, result.outputs), default=0)
    for name, value in sorted(result.outputs.items()):  # never folded: they are copied
        console.print(Text.assemble("  ", (name.ljust(width), "cyan"), f"  {value}"), soft_wrap=True)
    following = {
        f"streamflix ingest FILE {flags}": "send a video through it",
        f"streamflix status {flags}": "see how it is",
        f"streamflix plan {flags}": "what a change of the profile would do",
        f"streamflix destroy {flags}": "take it down again",
    }
    console.print("Next:", style="bold")
    for command, does in following.items():
        console.print(f"  {command:<{max(map(len, following))}}  {does}", markup=False, soft_wrap=True)


def render_resources(console: Console, addresses: list[str], environment: str) -> None:
    """Draws what a destroy will remove."""
    for address in addresses:
        console.print(Text(f"  - {address}", style="red"))
    console.print(Text(f"{len(addresses)} resources of {environment} will be destroyed.", style="bold red"))


def render_destroy(console: Console, result: DestroyResult) -> None:
    """Draws how much went and the proof that nothing is left."""
    console.print(f"{result.destroyed} resources of {result.environment} destroyed.", markup=False)
    if result.swept:
        console.print(f"{len(result.swept)} more deleted that the state did not know:", markup=False)
        render_leftovers(console, result.swept)
    if not result.leftovers:
        console.print(
            Text("Nothing is left: the state is empty, and no service knows a resource of it.", style="green")
        )


def render_leftovers(console: Console, leftovers: list[Leftover]) -> None:
    """Draws leftovers, one a line."""
    for one in leftovers:
        console.print(f"  {describe(one)}", markup=False, soft_wrap=True)


def describe(leftover: Leftover) -> str:
    """Returns a leftover in one line."""
    detail = f": {leftover.detail}" if leftover.detail else ""
    return f"{leftover.type} {leftover.id} (found by {leftover.found_by}){detail}"
