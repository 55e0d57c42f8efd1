"""A request to EC2 that is sent again with its client token makes a second thing, or an error of one that exists.

EC2 answers it as it answered the first. Terraform sends a request again whose answer was lost.
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from threading import Lock
from typing import Any

from moto.ec2.responses import EC2Response

from streamflix_cli.local.control_plane.patch import Method, wrap


def _remember(call_action: Method) -> Method:
    answers: dict[tuple[str, str, str, str], Any] = {}
    # One at a time, so that a repetition waits for the first.
    lock = Lock()

    def answer_once(self: EC2Response) -> Any:
        if not (token := self._get_param("ClientToken")):
            return call_action(self)
        key = (self.current_account, self.region, self._get_action(), token)
        with lock:
            if key not in answers:
                answer = call_action(self)
                if answer[0] != 200:
                    return answer
                answers[key] = answer
            return answers[key]

    return answer_once


def apply() -> None:
    """Answers each client token once."""
    wrap(EC2Response, "call_action", _remember)
