"""A deployed cluster is a real PostgreSQL, reached only as the stack says."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from streamflix_cli.local.database.certificates import Authority
from tests.integration.local.databases import LocalDatabases, local_databases, until

Cluster = dict[str, Any]


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDatabases]:
    # pytest's folder can be entered by its owner alone, and the name is longer than a socket's path may be.
    root = tmp_path_factory.mktemp("project") / ("long" * 30)
    root.mkdir()
    with local_databases(root) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(databases: LocalDatabases) -> Cluster:
    return databases.create_cluster("kept")


def servers(databases: LocalDatabases) -> list[psutil.Process]:
    assert databases.part is not None
    return psutil.Process(databases.part.pid).children()


def test_the_master_user_connects_with_tls_by_the_clusters_own_name_and_port(
    databases: LocalDatabases, cluster: Cluster
) -> None:
    listener = databases.available(cluster)
    assert listener["address"].startswith("127.")
    assert listener["address"] != "127.0.0.1"
    assert listener["port"] == 6432
    assert listener["endpoint"] == cluster["Endpoint"]
    with databases.connect(cluster) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SHOW server_version").fetchone() == ("16.14",)
    with databases.connect(cluster, host=cluster["ReaderEndpoint"]) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("streamflix",)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"sslmode": "disable"}, "no encryption"),
        ({"host": "another.example"}, "does not match host name"),
        ({"user": "rdsadmin", "password": ""}, "pg_hba.conf rejects"),
        ({"dbname": "template0"}, "not currently accepting connections"),
    ],
)
def test_nobody_else_gets_in(
    databases: LocalDatabases, cluster: Cluster, changed: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match=refusal):
        databases.connect(cluster, **changed)


def test_a_certificate_of_another_authority_is_not_trusted(
    databases: LocalDatabases, cluster: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        databases.connect(cluster, sslrootcert=str(Authority(tmp_path).path))


def test_the_master_user_is_no_superuser_but_makes_roles_and_owns_the_database(
    databases: LocalDatabases, cluster: Cluster
) -> None:
    with databases.connect(cluster) as connection:
        rights = "SELECT rolsuper, rolbypassrls, rolreplication, rolcreatedb, rolcreaterole FROM pg_roles"
        assert connection.execute(f"{rights} WHERE rolname = current_user").fetchone() == (
            *(False, False, False),
            *(True, True),
        )
        for forbidden in ("COPY (SELECT 1) TO '/tmp/x'", "ALTER SYSTEM SET ssl = off", "ALTER ROLE rdsadmin LOGIN"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
        connection.execute("CREATE ROLE app_group")
        connection.execute("CREATE ROLE app_login LOGIN IN ROLE app_group")
        connection.execute("CREATE TABLE owned (id int)")
        connection.execute("GRANT SELECT ON owned TO app_group")


def test_text_sorts_and_folds_as_on_aurora(databases: LocalDatabases, cluster: Cluster) -> None:
    with databases.connect(cluster) as connection:
        rows = connection.execute("SELECT t FROM unnest(array['b', 'A', 'a', 'B']) t ORDER BY t").fetchall()
        assert "".join(text for (text,) in rows) == "aAbB"
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_the_server_has_given_up_roots_rights(databases: LocalDatabases, cluster: Cluster) -> None:
    databases.available(cluster)
    assert {process.username() for process in servers(databases)} == {"nobody"}


def test_a_killed_part_comes_back_with_the_same_data_at_the_same_address(
    databases: LocalDatabases, cluster: Cluster
) -> None:
    before = databases.available(cluster)
    with databases.connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    orphans = servers(databases)
    assert databases.part is not None
    databases.part.kill()
    databases.part.wait()
    until(lambda: not any(process.is_running() and process.status() != "zombie" for process in orphans))
    databases.start_part()
    until(lambda: can_connect(databases, cluster))
    with databases.connect(cluster) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert databases.available(cluster) == before


def test_a_killed_server_comes_back_with_what_was_committed(databases: LocalDatabases, cluster: Cluster) -> None:
    with databases.connect(cluster) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 7 AS answer")
    (server,) = servers(databases)
    server.kill()
    server.wait(10)
    until(lambda: can_connect(databases, cluster))
    with databases.connect(cluster) as connection:
        assert connection.execute("SELECT answer FROM committed").fetchone() == (7,)


def can_connect(databases: LocalDatabases, cluster: Cluster) -> bool:
    try:
        databases.connect(cluster).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_rotated_password_holds_at_once_and_the_old_one_no_more(databases: LocalDatabases, cluster: Cluster) -> None:
    old = databases.master(cluster)["password"]
    databases.client("secretsmanager").rotate_secret(
        SecretId=cluster["MasterUserSecret"]["SecretArn"], RotationRules={"AutomaticallyAfterDays": 7}
    )
    assert databases.master(cluster)["password"] != old
    until(lambda: can_connect(databases, cluster))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        databases.connect(cluster, password=old)


def test_a_second_cluster_has_an_address_and_data_of_its_own_and_goes_when_it_is_deleted(
    databases: LocalDatabases, cluster: Cluster
) -> None:
    other = databases.create_cluster("passing")
    listener = databases.available(other)
    assert listener["address"] != databases.available(cluster)["address"]
    with databases.connect(other) as connection:
        connection.execute("CREATE TABLE secret_of_the_first (id int)")
    databases.delete_cluster("passing")
    until(lambda: other["DBClusterArn"] not in databases.listeners())
    until(lambda: not list((databases.folder / "databases").glob(f"{other['DbClusterResourceId']}*")))
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(host=listener["address"], port=listener["port"], user="x", connect_timeout=2)
    again = databases.create_cluster("passing")
    with databases.connect(again) as connection:
        assert connection.execute("SELECT to_regclass('secret_of_the_first')").fetchone() == (None,)
    databases.delete_cluster("passing")


def test_a_changed_port_is_used(databases: LocalDatabases) -> None:
    moved = databases.create_cluster("moved")
    databases.available(moved)
    databases.client("rds").modify_db_cluster(DBClusterIdentifier="moved", Port=6543)
    until(lambda: databases.available(moved)["port"] == 6543)
    databases.connect({**moved, "Port": 6543}).close()
    databases.delete_cluster("moved")


def test_clusters_of_other_engines_and_unknown_passwords_are_left_alone(databases: LocalDatabases) -> None:
    databases.create_cluster("of-mysql", Engine="aurora-mysql", EngineVersion="8.0.mysql_aurora.3.04.0")
    databases.client("rds").create_db_cluster(
        DBClusterIdentifier="by-hand", Engine="aurora-postgresql", MasterUsername="x", MasterUserPassword="longenough"
    )
    databases.available(databases.create_cluster("after-them", DatabaseName="other"))
    states = {arn.rsplit(":", 1)[-1]: listener["state"] for arn, listener in databases.listeners().items()}
    assert "of-mysql" not in states
    assert states["by-hand"] == "starting"
    for name in ("of-mysql", "by-hand", "after-them"):
        databases.delete_cluster(name)


def test_sigterm_ends_part_and_servers_in_time(databases: LocalDatabases, cluster: Cluster) -> None:
    databases.available(cluster)
    running = servers(databases)
    assert running
    assert databases.part is not None
    started = time.monotonic()
    databases.part.terminate()
    assert databases.part.wait(10) == 0
    assert time.monotonic() - started < 5
    assert not any(process.is_running() for process in running)
    databases.start_part()
