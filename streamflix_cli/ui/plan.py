"""The plan as a table on a terminal, and as Markdown for a pull request's comment."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streamflix_cli.deploy.planfile import Action, Change, Plan
from streamflix_cli.deploy.results import PlanResult
from streamflix_cli.ui.addresses import shown

_STYLE: dict[Action, str] = {
    "create": "green",
    "adopt": "cyan",
    "update": "yellow",
    "replace": "bold magenta",
    "delete": "red",
}
_SIGN: dict[Action, str] = {"create": "+", "adopt": "=", "update": "~", "replace": "-/+", "delete": "-"}
_FOLDED: tuple[Action, ...] = ("create", "adopt")
_SHOWN_ATTRIBUTES = 6
_SHOWN_CREATIONS = 40
"""Beyond so many, as in a first deploy, creations are shown by type; and so are adoptions."""
_SHOWN_NAMES = 2
COMMENT_LIMIT = 65_536
"""Characters in a GitHub comment."""
_MARGIN = 2_000
_OBSOLETE = "bears a name of the stack, and the state does not know it"


def render_plan(console: Console, result: PlanResult) -> None:
    """Draws a plan: the table of changes, then the counts."""
    if result.empty:
        console.print(f"Nothing to change: `{result.environment}` is as its profile says.", markup=False)
        return
    console.print(_table(result))
    for warning in warnings(result):
        console.print(Text(warning, style="bold red"), soft_wrap=True)
    console.print(Text.assemble("Plan: ", *_counts(result)))


def _table(plan: PlanResult) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("resource", overflow="fold")
    table.add_column("name", overflow="fold")
    table.add_column("changes", overflow="fold")
    folded = [action for action in _FOLDED if getattr(plan, action) > _SHOWN_CREATIONS]
    for one in plan.obsolete:
        table.add_row(Text("- delete", style="red"), Text(f"{one.type} {one.id}", style="red"), "", _OBSOLETE)
    for change in plan.changes:
        if change.action in folded:
            continue
        style = "bold red" if change.loses_data else _STYLE[change.action]
        action = Text(f"{_SIGN[change.action]} {change.action}", style=style)
        name = "" if change.address.endswith(f".{change.name}") else change.name
        table.add_row(action, Text(shown(change.address), style=style), Text(name), Text(_because(change)))
    for kind in folded:
        for type_, names in _by_type(plan, kind):
            more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
            action = Text(f"{_SIGN[kind]} {kind}", style=_STYLE[kind])
            resource = Text(f"{len(names)} {type_}", style=_STYLE[kind])
            table.add_row(action, resource, Text(", ".join(names[:_SHOWN_NAMES]) + more))
    return table


def _by_type(plan: Plan, action: Action) -> list[tuple[str, list[str]]]:
    """Returns the names to be created, or adopted, by type."""
    names: dict[str, list[str]] = {}
    for change in plan.changes:
        if change.action == action:
            names.setdefault(change.type, []).append(shown(change.name))
    return sorted(names.items())


def _because(change: Change) -> str:
    shown = ", ".join(change.attributes[:_SHOWN_ATTRIBUTES])
    more = len(change.attributes) - _SHOWN_ATTRIBUTES
    text = f"{shown} and {more} more" if more > 0 else shown
    if change.action == "replace" and text:
        text = f"forced by {text}"
    return f"{text} (LOSES ITS DATA)".strip() if change.loses_data else text


def _counts(plan: Plan) -> list[tuple[str, str]]:
    counts: list[tuple[str, str]] = []
    for action, style in _STYLE.items():
        if action == "adopt" and not plan.adopt:
            continue  # rare
        counts += [(f"{getattr(plan, action)} to {action}", style), (", ", "")]
    return counts[:-1]


def warnings(plan: Plan) -> list[str]:
    """What somebody should know before a plan is applied."""
    lost = [
        f"{change.address} ({change.name}) will be {change.action}d: what it holds is lost."
        for change in plan.changes
        if change.loses_data
    ]
    shards = [
        f"{one.address} goes from {one.before} to {one.after} shards: Kinesis allows at most double and at least half "
        "in one step. Deploy it in several."
        for one in plan.shard_changes
    ]
    return lost + shards


def markdown(result: PlanResult) -> str:
    """Returns a plan as a comment: found again by its first line, the changes folded away, within GitHub's limit."""
    head = [
        f"<!-- streamflix-plan:{result.environment} -->",
        f"### Plan for `{result.environment}`",
        "",
        "| create | update | replace | delete |",
        "|---:|---:|---:|---:|",
        f"| {result.create} | {result.update} | {result.replace} | {result.delete} |",
        "",
        *[f"> [!CAUTION]\n> {warning}\n" for warning in warnings(result)],
        *[f"Adopts {result.adopt} resources that exist and that the state does not know.\n"] * bool(result.adopt),
        *[f"Deletes `{one.type} {one.id}`, which {_OBSOLETE}.\n" for one in result.obsolete],
    ]
    if not result.changes:
        return "\n".join([*head, "Nothing to change.", ""])
    rows: list[str] = []
    size = sum(map(len, head))
    for change in result.changes:
        row = f"| {change.action} | `{change.address}` | `{change.name}` | {_because(change)} |"
        size += len(row) + 1
        if size > COMMENT_LIMIT - _MARGIN:
            rows.append(f"| | and {len(result.changes) - len(rows)} more | | |")
            break
        rows.append(row)
    return "\n".join(
        [
            *head,
            f"<details><summary>{len(result.changes)} changes</summary>",
            "",
            "| action | resource | name | changes |",
            "|---|---|---|---|",
            *rows,
            "",
            "</details>",
            "",
        ]
    )
