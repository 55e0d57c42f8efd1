"""The schema comes about, and the logins; a second time changes nothing."""

import copy
import multiprocessing
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from lib.contracts.states import JOB_TRANSITIONS, TASK_TRANSITIONS
from lib.worker import migrations
from lib.worker.database import Database
from lib.worker.migrate import migrate
from lib.worker.store import Store
from tests.integration.worker.conftest import AUDIT_KEY, SETTINGS
from tests.integration.worker.store.jobs import rows, submission
from tests.postgresql import PostgreSQL


def verifiers(postgresql: PostgreSQL) -> dict[str, str]:
    with postgresql.server.connect() as connection:
        return dict(
            connection.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL").fetchall()
        )


def test_a_second_time_changes_nothing(postgresql: PostgreSQL, database_name: str) -> None:
    before = verifiers(postgresql)

    postgresql.migrate(database_name)

    assert verifiers(postgresql) == before
    assert all(verifier.startswith("SCRAM-SHA-256$") for verifier in before.values())


def test_two_at_once_wait_for_each_other(postgresql: PostgreSQL) -> None:
    name = postgresql.create()

    arguments = {
        "owner": postgresql.settings(name, "owner"),
        "app_secret_arn": "arn:app",
        "operator_secret_arn": "arn:operator",
        "secrets": postgresql.secrets,
    }
    # Tasks are processes, and Alembic runs once in each.
    tasks = [multiprocessing.get_context("spawn").Process(target=migrate, kwargs=arguments) for _ in range(2)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(30)

    assert [task.exitcode for task in tasks] == [0, 0]
    with postgresql.connect(name, "app") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            {"version_num": migrations.SCHEMA_VERSION}
        ]


def test_the_logins_follow_a_rotation(postgresql: PostgreSQL, database_name: str) -> None:
    rotated = copy.deepcopy(postgresql.secrets)
    rotated.values["arn:app"] = {"username": "app_clone", "password": "another password"}

    postgresql.migrate(database_name, secrets=rotated)

    settings = postgresql.settings(database_name, "app")
    for secrets in (postgresql.secrets, rotated):
        with closing(Database(settings, secrets)) as database, database.connection() as connection:
            row = connection.execute(
                "SELECT current_user AS me, pg_has_role('app', 'USAGE') AS app, count(*) AS jobs FROM job"
            ).fetchone()
            assert row == {"me": secrets.values["arn:app"]["username"], "app": True, "jobs": 0}


def test_a_password_that_no_longer_fits_is_set(postgresql: PostgreSQL, database_name: str) -> None:
    changed = copy.deepcopy(postgresql.secrets)
    changed.values["arn:operator"] = {"username": "operator", "password": "it's new"}
    try:
        postgresql.migrate(database_name, secrets=changed)
        database = Database(postgresql.settings(database_name, "operator"), changed)
        with closing(database), database.connection() as connection:
            assert connection.execute("SELECT FROM job").rowcount == 0
    finally:
        postgresql.migrate(database_name)


def test_the_owner_is_no_superuser(postgresql: PostgreSQL, database_name: str) -> None:
    with postgresql.connect(database_name, "owner") as connection:
        assert connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchall() == [
            {"usesuper": False}
        ]


def test_a_worker_waits_for_its_schema(postgresql: PostgreSQL) -> None:
    name = postgresql.create()
    with closing(Database(postgresql.settings(name, "app"), postgresql.secrets)) as database:
        store = Store(database, audit_key=AUDIT_KEY, settings=SETTINGS)
        assert not store.schema_is_ready(), "nothing is there yet"
        postgresql.migrate(name)
        assert store.schema_is_ready()
        with postgresql.connect(name, "owner") as owner:
            owner.execute("UPDATE alembic_version SET version_num = '0001'")
            assert not store.schema_is_ready(), "it is older"
            owner.execute("UPDATE alembic_version SET version_num = '0999'")
            assert store.schema_is_ready(), "it is newer"


def test_the_newest_revision_is_the_schema_version() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [migrations.SCHEMA_VERSION]


def test_the_database_knows_the_transitions_of_the_contract(store: Store) -> None:
    known = {
        (row["subject"], row["before"], row["after"])
        for row in rows(store, "SELECT subject, before, after FROM state_transition")
    }

    assert known == {
        (subject, before, after)
        for subject, transitions in (("job", JOB_TRANSITIONS), ("task", TASK_TRANSITIONS))
        for before, states in transitions.items()
        for after in states
    }


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("INSERT INTO task (job_id, kind, priority, max_attempts, state) SELECT job_id, 'land', 0, 1, 'done'", "SF003"),
        ("INSERT INTO task (job_id, kind, priority, max_attempts) SELECT job_id, 'plan', 0, 1", "23505"),
        ("INSERT INTO task (job_id, kind, priority, max_attempts) SELECT job_id, 'encode', 0, 1", "23514"),
    ],
)
def test_a_task_that_must_not_be_is_refused(store: Store, statement: str, sqlstate: str) -> None:
    store.submit(submission())
    with pytest.raises(psycopg.Error) as refused:
        rows(store, f"{statement} FROM job RETURNING task_id")

    assert refused.value.sqlstate == sqlstate
