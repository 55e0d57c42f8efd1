"""The exceptions of the service, by their names in its model."""

import re

import psycopg
from moto.core.exceptions import JsonRESTError
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

STATEMENT_CANCELED = "57014"
AUTHENTICATION_FAILED = "28P01"
UNKNOWN_DATABASE = "3D000"
FATAL = re.compile(r"FATAL:\s+(.*)")


class DataApiError(JsonRESTError):
    """An error answer.

    Args:
        name: Exception of the service's model.
        message: What went wrong.
        status: HTTP status.
    """

    def __init__(self, name: str, message: str, *, status: int = 400) -> None:
        super().__init__(name, message)
        self.code = status


class ConnectionLostError(DataApiError):
    """The server went away, or ended the connection."""

    def __init__(self) -> None:
        message = "The writer instance in the DB cluster isn't available."
        super().__init__("DatabaseUnavailableException", message, status=504)


def invalid(message: str) -> DataApiError:
    """The request itself is wrong."""
    return DataApiError("ValidationException", message)


def unsupported_result(message: str) -> DataApiError:
    """The answer of the database cannot be handed on."""
    return DataApiError("UnsupportedResultException", message)


def transaction_not_found(transaction_id: str) -> DataApiError:
    """The transaction ended, was ended, or never was."""
    return DataApiError(
        "TransactionNotFoundException",
        f"Transaction {transaction_id} is not found. Transaction may be expired.",
        status=404,
    )


def database_error(text: str) -> DataApiError:
    """The database refused."""
    return DataApiError("DatabaseErrorException", text)


def statement_failed(result: PGresult) -> DataApiError:
    """What PostgreSQL says about a statement, as `ERROR: …; Position: 15; SQLState: 42P01`."""

    def field(which: DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode(errors="replace")

    state = field(DiagnosticField.SQLSTATE)
    position = field(DiagnosticField.STATEMENT_POSITION)
    text = f"{field(DiagnosticField.SEVERITY)}: {field(DiagnosticField.MESSAGE_PRIMARY)}"
    if "multiple commands" in text and state == "42601":
        return invalid("Multistatements aren't supported.")
    text += f"; Position: {position}" if position else ""
    text += f"; SQLState: {state}"
    return DataApiError("StatementTimeoutException", text) if state == STATEMENT_CANCELED else database_error(text)


def connection_failed(error: psycopg.OperationalError) -> DataApiError:
    """Why nobody could log in; a server that does not answer is not available."""
    fatal = FATAL.search(str(error))
    if fatal is None:
        return ConnectionLostError()
    # libpq gives no SQLSTATE for a connection that did not come about.
    states = {"password authentication failed": AUTHENTICATION_FAILED, "does not exist": UNKNOWN_DATABASE}
    state = next((f"; SQLState: {state}" for words, state in states.items() if words in fatal[1]), "")
    return database_error(f"FATAL: {fatal[1]}{state}")
