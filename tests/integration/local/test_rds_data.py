"""The RDS Data API runs statements on the cluster's own PostgreSQL, as AWS documents it."""

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.databases import LocalDatabases, local_databases, until

Field = dict[str, Any]


class DataApi:
    """Calls on one cluster, as the master user."""

    def __init__(self, databases: LocalDatabases, cluster: dict[str, Any]) -> None:
        self.client = databases.client("rds-data")
        self.whom = {
            "resourceArn": cluster["DBClusterArn"],
            "secretArn": cluster["MasterUserSecret"]["SecretArn"],
        }

    def run(self, sql: str, *parameters: Field, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.execute_statement(
            **{**self.whom, "database": "streamflix", "sql": sql, "parameters": list(parameters), **more}
        )
        return answer

    def one(self, sql: str, *parameters: Field, **more: Any) -> Field:
        ((field,),) = self.run(sql, *parameters, **more)["records"]
        result: Field = field
        return result

    def begin(self) -> str:
        transaction_id: str = self.client.begin_transaction(**self.whom, database="streamflix")["transactionId"]
        return transaction_id

    def commit(self, transaction_id: str) -> None:
        self.client.commit_transaction(**self.whom, transactionId=transaction_id)

    def rollback(self, transaction_id: str) -> None:
        self.client.rollback_transaction(**self.whom, transactionId=transaction_id)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDatabases]:
    with local_databases(tmp_path_factory.mktemp("project")) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(databases: LocalDatabases) -> dict[str, Any]:
    created = databases.create_cluster("data-api")
    databases.available(created)
    return created


@pytest.fixture
def api(databases: LocalDatabases, cluster: dict[str, Any]) -> DataApi:
    return DataApi(databases, cluster)


@pytest.fixture
def table(databases: LocalDatabases, cluster: dict[str, Any], request: pytest.FixtureRequest) -> str:
    name = f"t{abs(hash(request.node.name))}"
    with databases.connect(cluster) as connection:
        connection.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, text text)")
    return name


def parameter(name: str, kind: str, value: object, hint: str | None = None) -> Field:
    field: Field = {"name": name, "value": {kind: value}}
    return field if hint is None else {**field, "typeHint": hint}


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        ("1::smallint", {"longValue": 1}),
        ("2::integer", {"longValue": 2}),
        ("9223372036854775807", {"longValue": 9223372036854775807}),
        ("1.5::real", {"doubleValue": 1.5}),
        ("2.25::double precision", {"doubleValue": 2.25}),
        ("12.340::numeric", {"stringValue": "12.340"}),
        ("true", {"booleanValue": True}),
        ("false", {"booleanValue": False}),
        ("'é'::text", {"stringValue": "é"}),
        ("'x'::varchar(9)", {"stringValue": "x"}),
        ("'\\x00ff'::bytea", {"blobValue": b"\x00\xff"}),
        ("'2024-02-29'::date", {"stringValue": "2024-02-29"}),
        ("'23:59:01.5'::time", {"stringValue": "23:59:01.5"}),
        ("'2024-02-29 01:02:03.004'::timestamp", {"stringValue": "2024-02-29 01:02:03.004"}),
        ("'2024-02-29 01:02:03+02'::timestamptz", {"stringValue": "2024-02-28 23:02:03"}),
        (
            "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid",
            {"stringValue": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
        ),
        ("""'{"a": [1, null]}'::jsonb""", {"stringValue": '{"a": [1, null]}'}),
        ("null::bigint", {"isNull": True}),
        ("array[1, 2, null]", {"arrayValue": {"longValues": [1, 2, None]}}),
        ("array['a', 'b,\"c', null]", {"arrayValue": {"stringValues": ["a", 'b,"c', None]}}),
        ("array[true, false]", {"arrayValue": {"booleanValues": [True, False]}}),
        ("array[1.5::float8]", {"arrayValue": {"doubleValues": [1.5]}}),
        ("array[1.50]", {"arrayValue": {"stringValues": ["1.50"]}}),
        ("'{}'::text[]", {"arrayValue": {"stringValues": []}}),
    ],
)
def test_values_come_back_in_the_member_of_their_type(api: DataApi, expression: str, field: Field) -> None:
    assert api.one(f"SELECT {expression}") == field


def test_enums_come_back_as_strings(api: DataApi) -> None:
    api.run("CREATE TYPE mood AS ENUM ('sad', 'happy')")
    assert api.one("SELECT 'happy'::mood") == {"stringValue": "happy"}
    assert api.one("SELECT array['happy', 'sad']::mood[]") == {"arrayValue": {"stringValues": ["happy", "sad"]}}
    with pytest.raises(api.client.exceptions.DatabaseErrorException, match="SQLState: 42883"):
        api.run("SELECT 'happy'::mood = :mood", parameter("mood", "stringValue", "happy"))
    answer = api.one("SELECT 'happy'::mood = :mood::mood", parameter("mood", "stringValue", "happy"))
    assert answer == {"booleanValue": True}


@pytest.mark.parametrize("expression", ["'1 day'::interval", "point(1, 2)", "'1'::money", "array[array[1], array[2]]"])
def test_what_aws_does_not_hand_on_is_refused(api: DataApi, expression: str) -> None:
    with pytest.raises(api.client.exceptions.UnsupportedResultException):
        api.run(f"SELECT {expression}")
    assert "stringValue" in api.one(f"SELECT ({expression})::text")


@pytest.mark.parametrize(
    ("given", "type_name", "text"),
    [
        (parameter("p", "stringValue", "it's"), "character varying", "it's"),
        (parameter("p", "longValue", -5), "bigint", "-5"),
        (parameter("p", "doubleValue", 0.5), "double precision", "0.5"),
        (parameter("p", "booleanValue", False), "boolean", "false"),
        (parameter("p", "blobValue", b"\x01\x00"), "bytea", "\\x0100"),
        (parameter("p", "stringValue", "2024-01-31", "DATE"), "date", "2024-01-31"),
        (parameter("p", "stringValue", "1.10", "DECIMAL"), "numeric", "1.10"),
        (parameter("p", "stringValue", '{"a":1}', "JSON"), "json", '{"a":1}'),
        (parameter("p", "stringValue", "01:02:03", "TIME"), "time without time zone", "01:02:03"),
        (
            parameter("p", "stringValue", "2024-01-31 01:02:03.5", "TIMESTAMP"),
            "timestamp without time zone",
            "2024-01-31 01:02:03.5",
        ),
        (
            parameter("p", "stringValue", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", "UUID"),
            "uuid",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ),
    ],
)
def test_parameters_arrive_with_the_type_they_have_on_aws(
    api: DataApi, given: Field, type_name: str, text: str
) -> None:
    (row,) = api.run("SELECT pg_typeof(:p)::text, (:p)::text", given)["records"]
    assert row == [{"stringValue": type_name}, {"stringValue": text}]


def test_null_takes_the_type_of_its_place(api: DataApi, table: str) -> None:
    api.run(f"INSERT INTO {table} VALUES (1, :text)", parameter("text", "isNull", True))
    assert api.one(f"SELECT text FROM {table} WHERE text IS NOT DISTINCT FROM :p", parameter("p", "isNull", True)) == {
        "isNull": True
    }


def test_only_parameters_are_bound(api: DataApi) -> None:
    sql = """SELECT ':a' || ":a" || $$:a$$ || $t$:a$t$ || E'\\':a' || '{1,2}'::int[]::text /* :a /* :a */ */ || :a -- :a
        FROM (SELECT 'x' AS ":a") AS named"""
    assert api.one(sql, parameter("a", "stringValue", "!"), parameter("unused", "longValue", 1)) == {
        "stringValue": ":ax:a:a':a{1,2}!"
    }


def test_a_parameter_is_a_value_never_a_piece_of_the_statement(api: DataApi, table: str) -> None:
    text = f"'; DROP TABLE {table}; --"
    api.run(f"INSERT INTO {table} VALUES (1, :text)", parameter("text", "stringValue", text))
    assert api.one(f"SELECT text FROM {table}") == {"stringValue": text}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ([], "Cannot find parameter: p"),
        ([parameter("p", "arrayValue", {"longValues": [1]})], "Array parameters are not supported"),
        ([parameter("p", "longValue", 1, "DATE")], "type hint"),
    ],
)
def test_parameters_that_cannot_be_sent_are_refused(api: DataApi, parameters: list[Field], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        api.run("SELECT :p", *parameters)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_changes_are_counted_and_committed(
    api: DataApi, databases: LocalDatabases, cluster: dict[str, Any], table: str
) -> None:
    answer = api.run(f"INSERT INTO {table} SELECT n, 'x' FROM generate_series(1, 3) n")
    assert answer["numberOfRecordsUpdated"] == 3
    assert "records" not in answer
    returned = api.run(f"UPDATE {table} SET text = 'y' WHERE id < 3 RETURNING id")["records"]
    assert sorted(row[0]["longValue"] for row in returned) == [1, 2]
    with databases.connect(cluster) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table} WHERE text = 'y'").fetchone() == (2,)


def test_column_metadata_is_told_when_asked_for(api: DataApi) -> None:
    sql = "SELECT 1::int AS number, 'x'::varchar(9) AS word, 1.5::numeric(8, 3) AS exact, array[1::int] AS list"
    assert "columnMetadata" not in api.run(sql)
    number, word, exact, numbers = api.run(sql, includeResultMetadata=True)["columnMetadata"]
    assert (number["name"], number["label"], number["typeName"], number["type"]) == ("number", "number", "int4", 4)
    assert number["isSigned"] is True
    assert (word["typeName"], word["type"], word["precision"]) == ("varchar", 12, 9)
    assert (exact["typeName"], exact["precision"], exact["scale"]) == ("numeric", 8, 3)
    assert (numbers["typeName"], numbers["type"], numbers["arrayBaseColumnType"]) == ("_int4", 2003, 4)


def test_records_can_come_as_json(api: DataApi) -> None:
    answer = api.run(
        """SELECT 1 AS number, 2.50 AS exact, 'é' AS text, null AS nothing, true AS yes, array[1, 2] AS list,
            '{"a": 1}'::jsonb AS object, '\\x01'::bytea AS bytes, '2024-01-31'::date AS day""",
        formatRecordsAs="JSON",
        includeResultMetadata=True,
    )
    assert json.loads(answer["formattedRecords"]) == [
        {
            "number": 1,
            "exact": "2.50",
            "text": "é",
            "nothing": None,
            "yes": True,
            "list": [1, 2],
            "object": '{"a": 1}',
            "bytes": base64.b64encode(b"\x01").decode(),
            "day": "2024-01-31",
        }
    ]
    assert "records" not in answer
    assert "columnMetadata" not in answer


def test_numbers_come_back_as_asked_for(api: DataApi) -> None:
    options = {"decimalReturnType": "DOUBLE_OR_LONG", "longReturnType": "STRING"}
    (row,) = api.run("SELECT 2.50, -3::numeric, 7::bigint", resultSetOptions=options)["records"]
    assert row == [{"doubleValue": 2.5}, {"longValue": -3}, {"stringValue": "7"}]


def test_results_beyond_the_services_limits_are_refused(api: DataApi) -> None:
    with pytest.raises(api.client.exceptions.UnsupportedResultException, match="Packet for query is too large"):
        api.run("SELECT repeat('x', 65537)")
    many = "SELECT repeat('x', 60000) FROM generate_series(1, 20)"
    with pytest.raises(api.client.exceptions.UnsupportedResultException, match="exceeded size limit"):
        api.run(many)
    assert len(json.loads(api.run(many, formatRecordsAs="JSON")["formattedRecords"])) == 20


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        (
            "SELECT * FROM nowhere",
            'DatabaseErrorException: ERROR: relation "nowhere" does not exist; Position: 15; SQLState: 42P01',
        ),
        ("SELECT 1/0", "DatabaseErrorException: ERROR: division by zero; SQLState: 22012"),
        ("SELECT 1; SELECT 2", "ValidationException: Multistatements aren't supported."),
        ("COPY pg_class TO STDOUT", "ValidationException: The statement is empty, or copies data"),
        (" ", "ValidationException: The statement is empty"),
    ],
)
def test_errors_are_worded_as_on_aws(api: DataApi, sql: str, error: str) -> None:
    code, message = error.split(": ", 1)
    with pytest.raises(ClientError) as failed:
        api.run(sql)
    assert failed.value.response["Error"]["Code"] == code
    assert failed.value.response["Error"]["Message"].startswith(message)


def test_a_statement_that_takes_too_long_times_out(api: DataApi) -> None:
    transaction_id = api.begin()
    api.run("SET LOCAL statement_timeout = '50ms'", transactionId=transaction_id)
    with pytest.raises(api.client.exceptions.StatementTimeoutException, match="statement timeout"):
        api.run("SELECT pg_sleep(5)::text", transactionId=transaction_id)
    api.rollback(transaction_id)


def test_a_transaction_is_seen_when_it_is_committed(api: DataApi, table: str) -> None:
    transaction_id = api.begin()
    api.run(f"INSERT INTO {table} VALUES (1, 'x')", transactionId=transaction_id)
    count = f"SELECT count(*) FROM {table}"
    assert api.one(count, transactionId=transaction_id) == {"longValue": 1}
    assert api.one(count) == {"longValue": 0}
    api.commit(transaction_id)
    assert api.one(count) == {"longValue": 1}
    with pytest.raises(api.client.exceptions.TransactionNotFoundException):
        api.commit(transaction_id)


def test_a_rolled_back_transaction_leaves_nothing(api: DataApi, table: str) -> None:
    transaction_id = api.begin()
    api.run(f"INSERT INTO {table} VALUES (1, 'x')", transactionId=transaction_id)
    api.rollback(transaction_id)
    assert api.one(f"SELECT count(*) FROM {table}") == {"longValue": 0}


def test_a_failed_transaction_cannot_be_committed(api: DataApi, table: str) -> None:
    transaction_id = api.begin()
    api.run(f"INSERT INTO {table} VALUES (1, 'x')", transactionId=transaction_id)
    for state in ("23505", "25P02"):
        with pytest.raises(api.client.exceptions.DatabaseErrorException, match=state):
            api.run(f"INSERT INTO {table} VALUES (1, 'x')", transactionId=transaction_id)
    with pytest.raises(api.client.exceptions.DatabaseErrorException, match="aborted"):
        api.commit(transaction_id)
    assert api.one(f"SELECT count(*) FROM {table}") == {"longValue": 0}


def test_two_transactions_wait_for_each_other_as_in_postgresql(api: DataApi, table: str) -> None:
    api.run(f"INSERT INTO {table} VALUES (1, 'x')")
    first, second = api.begin(), api.begin()
    change = f"UPDATE {table} SET text = text || 'y'"
    api.run(change, transactionId=first)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(api.run, change, transactionId=second)
        assert not waiting.done()
        api.commit(first)
        waiting.result(20)
    api.commit(second)
    assert api.one(f"SELECT text FROM {table}") == {"stringValue": "xyy"}


def test_a_transaction_runs_one_statement_at_a_time(api: DataApi) -> None:
    transaction_id = api.begin()
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(1)::text'"
    with ThreadPoolExecutor() as threads:
        sleeper = threads.submit(api.run, "SELECT pg_sleep(1)::text", transactionId=transaction_id)
        until(lambda: api.one(sleeping) == {"longValue": 1})
        with pytest.raises(api.client.exceptions.DatabaseErrorException, match="Transaction is still running a query"):
            api.run("SELECT 1", transactionId=transaction_id)
        sleeper.result(20)
    api.rollback(transaction_id)


def test_a_transaction_whose_connection_ended_is_not_found(
    api: DataApi, databases: LocalDatabases, cluster: dict[str, Any]
) -> None:
    transaction_id = api.begin()
    pid = api.one("SELECT pg_backend_pid()", transactionId=transaction_id)["longValue"]
    with databases.connect(cluster) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(api.client.exceptions.TransactionNotFoundException):
        api.run("SELECT 1", transactionId=transaction_id)


def test_a_transaction_that_is_left_alone_ends_after_three_minutes(api: DataApi) -> None:
    transaction_id = api.begin()
    limit = api.one("SHOW idle_in_transaction_session_timeout", transactionId=transaction_id)
    assert limit == {"stringValue": "3min"}
    api.run("SET idle_in_transaction_session_timeout = '20ms'", transactionId=transaction_id)
    time.sleep(0.2)
    with pytest.raises(api.client.exceptions.TransactionNotFoundException):
        api.commit(transaction_id)


def test_a_batch_runs_once_for_each_set_of_parameters(api: DataApi, table: str) -> None:
    answer = api.client.batch_execute_statement(
        **api.whom,
        database="streamflix",
        sql=f"INSERT INTO {table} VALUES (:id, :text)",
        parameterSets=[[parameter("id", "longValue", n), parameter("text", "stringValue", f"n{n}")] for n in (1, 2)],
    )
    assert answer["updateResults"] == [{"generatedFields": []}] * 2
    assert api.one(f"SELECT string_agg(text, ',' ORDER BY id) FROM {table}") == {"stringValue": "n1,n2"}
    with pytest.raises(api.client.exceptions.DatabaseErrorException, match="23505"):
        api.client.batch_execute_statement(
            **api.whom,
            database="streamflix",
            sql=f"INSERT INTO {table} VALUES (:id, '')",
            parameterSets=[[parameter("id", "longValue", n)] for n in (3, 1)],
        )
    assert api.one(f"SELECT count(*) FROM {table}") == {"longValue": 2}


def test_the_secrets_user_is_who_runs_the_statement(
    api: DataApi, databases: LocalDatabases, cluster: dict[str, Any], table: str
) -> None:
    with databases.connect(cluster) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'of-the-reader'")
    secret = databases.client("secretsmanager").create_secret(
        Name="reader", SecretString=json.dumps({"username": "reader", "password": "of-the-reader"})
    )
    assert api.one("SELECT current_user::text", secretArn=secret["ARN"]) == {"stringValue": "reader"}
    with pytest.raises(api.client.exceptions.DatabaseErrorException, match="SQLState: 42501"):
        api.run(f"SELECT * FROM {table}", secretArn=secret["ARN"])
    with pytest.raises(api.client.exceptions.DatabaseErrorException, match='"reader" does not exist; SQLState: 3D000'):
        api.client.execute_statement(resourceArn=api.whom["resourceArn"], secretArn=secret["ARN"], sql="SELECT 1")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (json.dumps({"username": "streamflix_owner", "password": "not-the-password"}), "DatabaseErrorException"),
        (json.dumps({"username": "streamflix_owner"}), "InvalidSecretException"),
        ("no json", "InvalidSecretException"),
    ],
)
def test_a_secret_that_lets_nobody_in_is_refused_without_telling_it(
    api: DataApi, databases: LocalDatabases, value: str, code: str
) -> None:
    secret = databases.client("secretsmanager").create_secret(Name=f"bad-{abs(hash(value))}", SecretString=value)
    with pytest.raises(ClientError) as refused:
        api.run("SELECT 1", secretArn=secret["ARN"])
    assert refused.value.response["Error"]["Code"] == code
    assert "not-the-password" not in str(refused.value)


def test_an_unknown_secret_an_unknown_cluster_and_a_schema_are_refused(api: DataApi) -> None:
    arn = api.whom["secretArn"]
    with pytest.raises(api.client.exceptions.SecretsErrorException):
        api.run("SELECT 1", secretArn=f"{arn}x")
    with pytest.raises(api.client.exceptions.HttpEndpointNotEnabledException):
        api.run("SELECT 1", resourceArn=f"{api.whom['resourceArn']}x")
    with pytest.raises(ClientError, match="schema parameter isn't supported"):
        api.run("SELECT 1", schema="public")


def test_the_data_api_can_be_switched_off(api: DataApi, databases: LocalDatabases) -> None:
    rds = databases.client("rds")
    rds.disable_http_endpoint(ResourceArn=api.whom["resourceArn"])
    try:
        with pytest.raises(api.client.exceptions.HttpEndpointNotEnabledException):
            api.run("SELECT 1")
    finally:
        rds.enable_http_endpoint(ResourceArn=api.whom["resourceArn"])
    assert api.one("SELECT 1") == {"longValue": 1}


def test_a_rotated_password_is_used_at_once(api: DataApi, databases: LocalDatabases, cluster: dict[str, Any]) -> None:
    databases.client("secretsmanager").rotate_secret(SecretId=api.whom["secretArn"])

    def works() -> bool:
        try:
            return api.one("SELECT 1") == {"longValue": 1}
        except api.client.exceptions.DatabaseErrorException:
            return False

    until(works)
