"""`streamflix config`: the resolved profile, and the schema of profiles."""

from typing import Annotated

import typer
from pydantic import RootModel

from streamflix_cli.commands import options
from streamflix_cli.deploy.workspace import deployed_environments
from streamflix_cli.profiles.inheritance import shown
from streamflix_cli.profiles.provenance import resolve
from streamflix_cli.profiles.rules import all_rules
from streamflix_cli.profiles.schema import json_schema
from streamflix_cli.profiles.selection import select
from streamflix_cli.project import find_root
from streamflix_cli.ui import config as ui
from streamflix_cli.ui.output import Output

app = typer.Typer(
    name="config",
    help="Show resolved profiles, and the schema of profiles.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)

Provenance = Annotated[bool, typer.Option("--provenance", help="Add to each value the FILE:LINE that set it.")]
Rules = Annotated[bool, typer.Option("--rules", help="List the rules of `validate-config` instead.")]


@app.command("show")
def show(env: options.Env = None, provenance: Provenance = False, json: options.Json = False) -> None:
    """Show an environment's profile after inheritance and defaults, as YAML.

    Example: streamflix config show --env pr123 --provenance
    """
    output = Output(as_json=json)
    root = find_root()
    selection = select(env, root=root, deployed=deployed_environments(root))
    for warning in selection.warnings:
        output.warn(f"{warning.file}:{warning.line}:{warning.column}: {warning.rule}: {warning.message}")
    resolved = resolve(selection, str(shown(selection.path)))
    output.text(resolved, ui.with_provenance if provenance else ui.as_yaml)


@app.command("schema")
def schema(rules: Rules = False, json: options.Json = False) -> None:
    """Print the JSON Schema of profiles, as configs/profile.schema.json holds it for editors.

    Example: streamflix config schema > configs/profile.schema.json
    """
    output = Output(as_json=json)
    if rules:
        output.text(all_rules(), ui.rule_table)
    else:
        output.text(RootModel(json_schema()), lambda model: ui.as_json(model.root))
