"""The pipeline's database as an operator sees it: through the RDS Data API."""

import json
import re
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.errors import StreamflixError
from streamflix_cli.pipeline.environment import Pipeline
from streamflix_cli.pipeline.failures import DENIED, code_of, explain, said

RESUME_SECONDS = 90.0
"""How long a paused cluster may take to resume (Aurora user guide, "Scaling to zero": 15 s, longer after a day)."""
RETRY_SECONDS = 2.0
RESUMING = {"DatabaseResumingException"}
_REFUSAL = re.compile(r"(?:ERROR: )?(?P<said>.*?)(?:; Position: \d+)?; SQLState: (?P<state>[0-9A-Z]{5})", re.DOTALL)
"""As `ERROR: relation "job" does not exist; Position: 15; SQLState: 42P01`."""


class SqlError(StreamflixError):
    """The database refused a statement. Who expects a refusal asks for its SQLSTATE; the user sees the rest.

    Attributes:
        said: What PostgreSQL, or a function of the schema, says.
        sqlstate: Its code; empty if the Data API told none.
    """

    def __init__(self, message: str, *, flags: str) -> None:
        refusal = _REFUSAL.match(message)
        self.said, self.sqlstate = refusal.group("said", "state") if refusal else (message, "")
        super().__init__(
            "DATABASE_REFUSED",
            f"The database refuses this: {message}",
            hint=f"Its schema may be of another version: `streamflix deploy {flags}` brings it to the present one.",
        )


class Database:
    """Runs statements as the role `operator`.

    Args:
        pipeline: Whose database.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._where = {
            "resourceArn": pipeline.output("database_cluster_arn"),
            "secretArn": pipeline.output("operator_secret_arn"),
            "database": pipeline.output("database_name"),
        }

    def rows(self, query: str, **parameters: str | int | None) -> list[dict[str, Any]]:
        """Runs a query; a paused cluster is waited for.

        Each row comes as one JSON text that PostgreSQL writes, so that times carry their offset and documents stay
        whole; the Data API's own types have neither.

        Args:
            query: One SELECT; `:name` stands for a parameter.
            parameters: Text, number or NULL by name.

        Raises:
            SqlError: The database refuses the statement.
            StreamflixError: `ACCESS_DENIED`, or `DATABASE_UNAVAILABLE`.
        """
        sql = f"SELECT CAST(to_jsonb(q) AS text) AS line FROM ({query}) AS q"  # noqa: S608 - parameters are bound
        answer = self._execute(sql, parameters)
        return [json.loads(record[0]["stringValue"]) for record in answer.get("records", [])]

    def execute(self, statement: str, **parameters: str | int | None) -> None:
        """Runs a statement that returns nothing.

        Raises:
            SqlError: As `rows`.
            StreamflixError: As `rows`.
        """
        self._execute(statement, parameters)

    def _execute(self, sql: str, parameters: dict[str, str | int | None]) -> dict[str, Any]:
        deadline = time.monotonic() + RESUME_SECONDS
        bound = [{"name": name, "value": _value(value)} for name, value in parameters.items()]
        while True:
            try:
                answer: dict[str, Any] = self._pipeline.client("rds-data").execute_statement(
                    **self._where, sql=sql, parameters=bound
                )
            except (BotoCoreError, ClientError) as error:
                resuming = isinstance(error, ClientError) and code_of(error) in RESUMING
                if not resuming or time.monotonic() > deadline:
                    raise self._failed(error) from error
                time.sleep(RETRY_SECONDS)
            else:
                return answer

    def _failed(self, error: BotoCoreError | ClientError) -> Exception:
        if isinstance(error, ClientError):
            if code_of(error) in DENIED:
                return explain(self._pipeline, error)
            message = str(error.response.get("Error", {}).get("Message", error))
            if _REFUSAL.match(message) or code_of(error) == "DatabaseErrorException":
                return SqlError(message, flags=self._pipeline.flags)
        return StreamflixError(
            "DATABASE_UNAVAILABLE",
            f"The database of `{self._pipeline.name}` does not answer: {said(error)}",
            hint=f"Try again in a moment; `streamflix status {self._pipeline.flags}` shows its state.",
        )


def _value(value: str | int | None) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    return {"longValue": value} if isinstance(value, int) else {"stringValue": value}
