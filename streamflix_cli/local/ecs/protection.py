"""The task scale-in protection endpoint of the ECS agent: `$ECS_AGENT_URI/task-protection/v1/state`.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
from collections.abc import Callable
from datetime import UTC
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streamflix_cli.local.ecs.records import TaskRecord
from streamflix_cli.local.part import Client

PREFIX = "/api/"
SUFFIX = "/task-protection/v1/state"
HOST = "127.0.0.1"


class ProtectionServer(ThreadingHTTPServer):
    """Serves every task of this agent, each under an address of its own.

    Args:
        port: Where the tasks of an earlier agent look for it; 0, or when it is taken, is any.
        ecs: Client of ECS.
        find: Finds a task by its token.
    """

    daemon_threads = True

    def __init__(self, port: int, *, ecs: Client, find: Callable[[str], TaskRecord | None]) -> None:
        self.ecs = ecs
        self.find = find
        try:
            super().__init__((HOST, port), _Handler)
        except OSError:
            super().__init__((HOST, 0), _Handler)

    def uri(self, token: str) -> str:
        """What ECS_AGENT_URI is for the task with this token."""
        return f"http://{HOST}:{self.server_port}{PREFIX}{token}"


class _Handler(BaseHTTPRequestHandler):
    server: ProtectionServer

    def do_GET(self) -> None:
        self._serve(lambda task: self.server.ecs.get_task_protection(cluster=task.cluster, tasks=[task.arn]))

    def do_PUT(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            wanted: dict[str, Any] = {"protectionEnabled": bool(body["ProtectionEnabled"])}
            if body.get("ExpiresInMinutes") is not None:
                wanted["expiresInMinutes"] = int(body["ExpiresInMinutes"])
        except (ValueError, TypeError, KeyError):
            self._answer(HTTPStatus.BAD_REQUEST, {"error": {"Code": "InvalidParameterException", "Message": "body"}})
            return
        self._serve(
            lambda task: self.server.ecs.update_task_protection(cluster=task.cluster, tasks=[task.arn], **wanted)
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the address of a task is its key."""

    def _serve(self, ask: Callable[[TaskRecord], dict[str, Any]]) -> None:
        token = self.path.removeprefix(PREFIX).removesuffix(SUFFIX)
        task = self.server.find(token) if self.path == f"{PREFIX}{token}{SUFFIX}" else None
        if task is None:
            self._answer(HTTPStatus.NOT_FOUND, {"error": {"Code": "NotFound", "Message": "No such task."}})
            return
        try:
            answer = ask(task)
        except ClientError as error:
            about = error.response["Error"]
            code = HTTPStatus(error.response["ResponseMetadata"]["HTTPStatusCode"])
            self._answer(code, {"error": {"Arn": task.arn, "Code": about["Code"], "Message": about["Message"]}})
        except BotoCoreError as error:
            unavailable = {"Arn": task.arn, "Code": "ServerException", "Message": str(error)}
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": unavailable})
        else:
            self._answer(HTTPStatus.OK, _reply(answer))

    def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _reply(answer: dict[str, Any]) -> dict[str, Any]:
    for failure in answer["failures"]:
        return {"failure": {"Arn": failure["arn"], "Reason": failure["reason"], "Detail": failure.get("detail")}}
    (protection,) = answer["protectedTasks"]
    reply = {"ProtectionEnabled": protection["protectionEnabled"], "TaskArn": protection["taskArn"]}
    if "expirationDate" in protection:
        expires = protection["expirationDate"].astimezone(UTC)
        reply["ExpirationDate"] = expires.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"protection": reply}
