"""What the workers stand on: the database, its password, AWS, and the machine as a whole."""

import json
import secrets
import signal
import time
from contextlib import suppress
from uuid import uuid4

import psutil
import psycopg

from lib.rotation.handler import Owner, Rotation, other_user
from tests.chaos.faults.fault import Hit, Inject, Means
from tests.chaos.proxy import ProxyFault

WEATHER_SECONDS = 4.0
SHARE = 0.4
CONTROL_PLANE = "control-plane"
"""Its memory is the AWS account, which does not die."""


def restart_database(means: Means) -> Hit | None:
    """PostgreSQL's immediate shutdown: it recovers from its log when it is started again."""
    postmaster = means.environment.postmaster()
    if postmaster is None:
        return None
    at = time.time()
    postmaster.send_signal(signal.SIGQUIT)
    return Hit(at, f"pid {postmaster.pid}")


def cut_connections(means: Means) -> Hit | None:
    """Ends every connection of workers and housekeeping, whatever transaction is open."""
    at = time.time()
    try:
        with means.environment.database() as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'streamflix'"
            ).rowcount
    except psycopg.OperationalError:
        return None
    return Hit(at, f"{cut} connections") if cut else None


def rotate(means: Means) -> Hit | None:
    """Rotates the workers' password twice at once, by the deployed function's own steps.

    After the second time the password that was in use at first is no longer valid.
    """
    at = time.time()
    users = [_rotate(means), _rotate(means)]
    return Hit(at, f"{users[0]}, then {users[1]}")


def weather(fault: ProxyFault) -> Inject:
    """A share of all requests to AWS is hit for some seconds."""

    def inject(means: Means) -> Hit:
        at, before = time.time(), means.proxy.hits.total()
        with means.proxy.weather(fault, share=SHARE):
            means.stop.wait(WEATHER_SECONDS)
        return Hit(at, f"{means.proxy.hits.total() - before} requests")

    return inject


def kill_everything(means: Means) -> Hit:
    """SIGKILL to every process but the emulated account, which starts the others again."""
    environment = means.environment
    killed = [job for worker in environment.workers() for job in means.moments.held_by(worker)]
    at = time.time()
    parts = [process for name, process in environment.parts().items() if name != CONTROL_PLANE]
    postmaster = environment.postmaster()
    containers = [first for _, _, first in environment.containers()]
    doomed = [*parts, *([postmaster] if postmaster else []), *containers]
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            doomed += [child for child in process.children(recursive=True) if child not in doomed]
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return Hit(at, f"{len(doomed)} processes", tuple(killed))


def _rotate(means: Means) -> str:
    """Returns the user that is current afterwards."""
    environment = means.environment
    manager, ecs = environment.client("secretsmanager"), environment.client("ecs")
    variables: dict[str, str] = {"CLUSTER_ARN": environment.outputs["database_cluster_arn"]}
    for task in ("migrate", "housekeep"):
        (container,) = ecs.describe_task_definition(taskDefinition=f"{task}-chaos")["taskDefinition"][
            "containerDefinitions"
        ]
        variables |= {one["name"]: one["value"] for one in container["environment"]}
    secret, token = variables["APP_SECRET_ARN"], str(uuid4())
    current = json.loads(manager.get_secret_value(SecretId=secret)["SecretString"])
    # As its first step does, which moto cannot ask for: its own RotateSecret leaves the secret unreadable meanwhile.
    pending = {**current, "username": other_user(current["username"]), "password": secrets.token_hex(20)}
    manager.put_secret_value(
        SecretId=secret, ClientRequestToken=token, SecretString=json.dumps(pending), VersionStages=["AWSPENDING"]
    )
    owner = Owner(environment.client("rds-data"), variables)
    rotation = Rotation(manager, owner, {"SecretId": secret, "ClientRequestToken": token, "Step": ""})
    for step in (rotation.set, rotation.test, rotation.finish):
        step()
    return str(pending["username"])
