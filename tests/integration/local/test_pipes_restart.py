"""A pipe runner that is killed; apart from the others, whose runner would serve this pipe as well."""

import time
from pathlib import Path

from tests.integration.local.parts import REGION, RunningPart, eventually
from tests.integration.local.pipes import Pipe, keys


def test_a_killed_runner_goes_on_with_what_it_had_not_finished(pipe: Pipe, tmp_path: Path) -> None:
    pipe.create(MaximumRetryAttempts=-1)
    first = RunningPart("pipes", tmp_path, pipe.endpoint)
    pipe.put("submit/done")
    assert keys(pipe.receive(1)) == ["submit/done"]
    checkpoint = eventually(
        lambda: next((tmp_path / ".streamflix/cloud/pipes" / REGION).glob(f"{pipe.name}-*/shardId-*"), None)
    )
    # The queue vanishes: from here on the runner holds a batch that it cannot deliver.
    sqs = pipe.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=pipe.name)["QueueUrl"])
    pipe.put("submit/held")
    time.sleep(1.5)
    assert checkpoint.read_text() == "1"
    first.kill()
    sqs.create_queue(QueueName=pipe.name)
    second = RunningPart("pipes", tmp_path, pipe.endpoint)
    assert keys(pipe.receive(1)) == ["submit/held"]
    eventually(lambda: checkpoint.read_text() == "2")
    assert second.terminate() == 0
