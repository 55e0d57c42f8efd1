"""The RDS Data API runs no statement: `ExecuteStatement` returns what a test queued up, the rest is missing.

Each cluster's PostgreSQL is found in `databases.json` in the cloud's folder, which the environment variable
`STREAMFLIX_LOCAL_CLOUD` names. With `continueAfterTimeout` the call waits for the statement's end, where the
service times out and lets the statement run on.
"""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from moto.core.exceptions import JsonRESTError
from moto.rds.models import DBCluster, rds_backends
from moto.rdsdata import urls
from moto.rdsdata.responses import RDSDataServiceResponse
from moto.secretsmanager.models import secretsmanager_backends
from psycopg.pq import ExecStatus
from pydantic import TypeAdapter, ValidationError

from streamflix_cli.local.control_plane.data_api.columns import columns
from streamflix_cli.local.control_plane.data_api.errors import ConnectionLostError, DataApiError, invalid
from streamflix_cli.local.control_plane.data_api.parameters import parse
from streamflix_cli.local.control_plane.data_api.results import ReturnTypes, formatted, records
from streamflix_cli.local.control_plane.data_api.sessions import Listener, Login, Transactions, connect, execute
from streamflix_cli.local.control_plane.patch import add

CLOUD_FOLDER = "STREAMFLIX_LOCAL_CLOUD"
LISTENERS = TypeAdapter(dict[str, Listener])
OPERATIONS = ("BatchExecute", "BeginTransaction", "CommitTransaction", "RollbackTransaction")

transactions = Transactions()


def _cluster(response: RDSDataServiceResponse, arn: str) -> DBCluster:
    for cluster in rds_backends[response.current_account][response.region].clusters.values():
        if cluster.db_cluster_arn == arn and cluster.enable_http_endpoint:
            return cluster
    raise DataApiError("HttpEndpointNotEnabledException", f"HttpEndpoint is not enabled for resource {arn}")


def _listener(cluster: DBCluster) -> Listener:
    try:
        path = Path(os.environ[CLOUD_FOLDER]) / "databases.json"
        listener = LISTENERS.validate_json(path.read_bytes())[cluster.db_cluster_arn]
    except (OSError, LookupError, ValidationError):
        listener = None
    if listener is None or listener.state != "available":
        raise ConnectionLostError
    return listener


def _login(response: RDSDataServiceResponse) -> Login:
    backend = secretsmanager_backends[response.current_account][response.region]
    try:
        secret = backend.get_secret_value(response._get_param("secretArn"), "", "AWSCURRENT")
    except JsonRESTError as error:
        raise DataApiError("SecretsErrorException", error.message) from error
    try:
        return Login.model_validate_json(secret.get("SecretString", ""))
    except ValidationError:
        raise DataApiError("InvalidSecretException", "The secret holds no username and password.") from None


def _connect(response: RDSDataServiceResponse, *, limited: bool = True) -> psycopg.Connection:
    if response._get_param("schema"):
        raise invalid("The schema parameter isn't supported")
    cluster = _cluster(response, response._get_param("resourceArn"))
    return connect(_listener(cluster), _login(response), response._get_param("database"), limited=limited)


@contextmanager
def _session(response: RDSDataServiceResponse) -> Iterator[psycopg.Connection]:
    """The transaction's connection, or one for this call."""
    if transaction_id := response._get_param("transactionId"):
        with transactions.use(response._get_param("resourceArn"), transaction_id) as connection:
            yield connection
    else:
        with closing(_connect(response, limited=not response._get_param("continueAfterTimeout"))) as connection:
            yield connection


def execute_statement(self: RDSDataServiceResponse) -> str:
    """ExecuteStatement."""
    statement = parse(self._get_param("sql"))
    parameters = statement.bind(self._get_param("parameters") or [])
    options = self._get_param("resultSetOptions") or {}
    return_types = ReturnTypes(options.get("decimalReturnType", "STRING"), options.get("longReturnType", "LONG"))
    with _session(self) as connection:
        result = execute(connection, statement.sql, parameters)
        if result.status == ExecStatus.COMMAND_OK:
            return json.dumps({"generatedFields": [], "numberOfRecordsUpdated": result.command_tuples or 0})
        described = columns(connection, result)
    answer: dict[str, Any] = {"numberOfRecordsUpdated": 0}
    if self._get_param("formatRecordsAs") == "JSON":
        answer["formattedRecords"] = formatted(result, described, return_types)
    else:
        answer["records"] = records(result, described, return_types)
        if self._get_param("includeResultMetadata"):
            answer["columnMetadata"] = [column.metadata() for column in described]
    return json.dumps(answer)


def batch_execute_statement(self: RDSDataServiceResponse) -> str:
    """BatchExecuteStatement: all parameter sets or none."""
    statement = parse(self._get_param("sql"))
    parameter_sets = [statement.bind(parameters) for parameters in self._get_param("parameterSets") or [[]]]
    with _session(self) as connection:
        own_transaction = not self._get_param("transactionId")
        if own_transaction:
            execute(connection, "BEGIN")
        for parameters in parameter_sets:
            execute(connection, statement.sql, parameters)
        if own_transaction:
            execute(connection, "COMMIT")
    return json.dumps({"updateResults": [{"generatedFields": []} for _ in parameter_sets]})


def begin_transaction(self: RDSDataServiceResponse) -> str:
    """BeginTransaction."""
    return json.dumps({"transactionId": transactions.begin(self._get_param("resourceArn"), _connect(self))})


def commit_transaction(self: RDSDataServiceResponse) -> str:
    """CommitTransaction."""
    transactions.end(self._get_param("resourceArn"), self._get_param("transactionId"), "COMMIT")
    return json.dumps({"transactionStatus": "Transaction Committed"})


def rollback_transaction(self: RDSDataServiceResponse) -> str:
    """RollbackTransaction."""
    transactions.end(self._get_param("resourceArn"), self._get_param("transactionId"), "ROLLBACK")
    return json.dumps({"transactionStatus": "Rollback Complete"})


def apply() -> None:
    """Runs the statements, and adds the operations."""
    add(
        RDSDataServiceResponse,
        execute_statement,
        batch_execute_statement,
        begin_transaction,
        commit_transaction,
        rollback_transaction,
    )
    urls.url_paths.update({f"{{0}}/{operation}$": urls.response.dispatch for operation in OPERATIONS})
