"""Taking into the state what exists of an environment and was lost from it, or never reached it.

Terraform learns of a resource when AWS has answered that it is made. A run that is killed before, a state that is
lost, a machine that never had it: each leaves resources that no state knows, and the next deploy would fail on their
names. So a deploy whose state lacks something of the stack looks for what exists, and imports it. Importing rather
than deleting and making again, because much of it holds data, the rest is what the data stands on (no subnet goes
while a database is in it), and it is quicker: a queue's name is free after a minute, a cluster takes ten to delete.

What bears a name of the stack and cannot be adopted is deleted first: a second VPC of the same name, a task
definition's older revision. Nothing that holds data is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.deploy.adoption.existing import can_exist, existing, made, unknown
from streamflix_cli.deploy.adoption.match import Unknown, match
from streamflix_cli.deploy.adoption.parts import RULE, find_foreign_rules, find_parts, revoke
from streamflix_cli.deploy.adoption.stack import Stack
from streamflix_cli.deploy.adoption.types import import_id, names, read_name_tags
from streamflix_cli.deploy.run import Run
from streamflix_cli.deploy.sweep import Leftover, delete_leftovers
from streamflix_cli.errors import StreamflixError


@dataclass(frozen=True)
class Adoption:
    """What a deploy takes over.

    Attributes:
        existing: What exists of the environment; None if nobody looked, because the state lacks nothing.
        obsolete: What is to be deleted before the stack is applied.
    """

    existing: tuple[Leftover, ...] | None = None
    obsolete: tuple[Leftover, ...] = ()


def adopt(run: Run, *, wait: bool, warn: Callable[[str], None]) -> Adoption:
    """Adds `import` blocks to the synthesized stack for what exists and the state does not know. Changes nothing else.

    Args:
        run: On the environment; its stack has been synthesized.
        wait: Whether to wait for what AWS is still making.
        warn: Takes what the user should know.
    """
    state = run.state()
    stack = Stack(run.workspace.stack / "cdk.tf.json", account_id=run.cloud.account_id)
    missing = stack.addresses - set(state.addresses)
    if not missing or not can_exist(run):
        return Adoption()
    session = run.cloud.session()
    try:
        found = existing(run)
        lost = unknown(found, state)
        lost = made(run, lost) if wait else lost
        tags = read_name_tags(session, lost)
        matched = match(
            {address: name for address in stack.addresses if (name := stack.name(address))},
            missing,
            [Unknown(one, frozenset(names(one, tags))) for one in lost],
        )
        imports = {address: import_id(session, one) for address, one in matched.adopted.items()}
        ids = {**state.ids(), **imports}
        imports |= find_parts(session, stack, missing, ids)
        foreign = find_foreign_rules(session, stack, matched.adopted, ids)
        kept = _keep_secrets(session, stack, missing, ids)
    except (StreamflixError, BotoCoreError, ClientError) as error:
        warn(f"What exists beyond the state could not be looked up, so nothing is adopted. {error}")
        return Adoption()
    for one in matched.unclear:
        warn(f"{one.type} {one.id} ({one.detail}) bears a name of this environment, and may hold data: see to it.")
    if imports or kept:
        stack.import_(imports)
        stack.write()
    return Adoption(existing=tuple(found), obsolete=(*matched.obsolete, *foreign))


def clear(run: Run, obsolete: Sequence[Leftover]) -> list[Leftover]:
    """Deletes what stands in the way of a deploy.

    Returns:
        What could not be deleted, each with the reason as its detail.
    """
    session = run.cloud.session()
    rules = [one for one in obsolete if one.type == RULE]
    revoke(session, rules)
    return delete_leftovers(session, [one for one in obsolete if one not in rules], region=run.cloud.region)


def _keep_secrets(session: boto3.Session, stack: Stack, missing: frozenset[str], ids: Mapping[str, str]) -> bool:
    """Keeps the values that secrets have.

    A version's value cannot be imported without reading it into the state. So it is made anew, of the same value: what
    the audit trail was sealed with must not change.
    """
    kept = False
    secrets = session.client("secretsmanager")
    for address in stack.of_type("aws_secretsmanager_secret_version", missing):
        secret = stack.text(address, "secret_id", ids)
        if secret is not None:
            stages = secrets.describe_secret(SecretId=secret).get("VersionIdsToStages", {}).values()
            if any("AWSCURRENT" in labels for labels in stages):
                stack.keep_value(address, of_secret=secret)
                kept = True
    return kept
