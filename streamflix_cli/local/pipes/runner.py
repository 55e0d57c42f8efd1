"""Runs the pipes that are deployed and wanted to run."""

import logging
import threading
import time
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from streamflix_cli.local.part import Client
from streamflix_cli.local.pipes.checkpoints import Checkpoints
from streamflix_cli.local.pipes.delivery import Delivery, Limits
from streamflix_cli.local.pipes.envelope import Filter
from streamflix_cli.local.pipes.reports import FailureLog, Metrics
from streamflix_cli.local.pipes.shard import ShardReader, Source
from streamflix_cli.local.pipes.target import BATCH_LIMIT, Target

DEFAULT_BATCH_SIZE = 100
"""Of a Kinesis source (Pipes API reference, BatchSize); SQS as the target takes less."""
OLDEST = {"ShardIteratorType": "TRIM_HORIZON"}
END_SECONDS = 2.0

logger = logging.getLogger(__name__)


class RunningPipe:
    """A pipe in one version of its configuration: a thread for each shard of its stream.

    Args:
        kinesis: Client of Kinesis.
        sqs: Client of SQS.
        logs: Client of CloudWatch Logs.
        pipe: As DescribePipe returns it.
        checkpoints: Of all pipes.
        metrics: Of all pipes.
    """

    def __init__(
        self,
        kinesis: Client,
        sqs: Client,
        logs: Client,
        *,
        pipe: dict[str, Any],
        checkpoints: Checkpoints,
        metrics: Metrics,
    ) -> None:
        self._kinesis = kinesis
        self._checkpoints = checkpoints
        self._metrics = metrics
        self._stop = threading.Event()
        self._readers: dict[str, threading.Thread] = {}
        parameters = pipe["SourceParameters"]["KinesisStreamParameters"]
        position: dict[str, Any] = {"ShardIteratorType": parameters["StartingPosition"]}
        if "StartingPositionTimestamp" in parameters:
            position["Timestamp"] = parameters["StartingPositionTimestamp"]
        self._source = Source(
            pipe_key=checkpoint_key(pipe),
            stream_arn=pipe["Source"],
            role_arn=pipe["RoleArn"],
            position=position,
            filter=Filter(pipe["SourceParameters"].get("FilterCriteria", {})),
            batch_size=min(parameters.get("BatchSize", DEFAULT_BATCH_SIZE), BATCH_LIMIT),
            window_seconds=parameters.get("MaximumBatchingWindowInSeconds", 0),
        )
        log = FailureLog(logs, pipe_arn=pipe["Arn"], configuration=pipe.get("LogConfiguration", {}))
        target = Target(sqs, pipe, metrics=metrics, log=log, stop=self._stop)
        self._delivery = Delivery(
            limits=Limits.of(parameters),
            send=target.send,
            discard=target.discard,
            pause=lambda seconds: not self._stop.wait(seconds),
            now=time.time,
        )

    def read_all_shards(self) -> None:
        """Starts reading the shards that are not read yet."""
        for shard in self._kinesis.list_shards(StreamName=self._source.stream)["Shards"]:
            shard_id = shard["ShardId"]
            if shard_id not in self._readers:
                # What a split or merge made holds nothing but what came after the pipe's start.
                source = replace(self._source, position=OLDEST) if "ParentShardId" in shard else self._source
                reader = ShardReader(
                    self._kinesis,
                    source,
                    shard_id,
                    delivery=self._delivery,
                    checkpoints=self._checkpoints,
                    metrics=self._metrics,
                    stop=self._stop,
                )
                self._readers[shard_id] = threading.Thread(target=reader.run, name=shard_id, daemon=True)
                self._readers[shard_id].start()

    def ask_to_stop(self) -> None:
        """Tells all readers to end."""
        self._stop.set()

    def stop(self) -> None:
        """Ends the reading and waits a little, so that no reader overlaps with the next one of the same shard."""
        self.ask_to_stop()
        deadline = time.monotonic() + END_SECONDS
        for thread in self._readers.values():
            thread.join(max(deadline - time.monotonic(), 0))


class Runner:
    """Keeps the running pipes in line with what is deployed.

    Args:
        pipes: Client of Pipes.
        kinesis: Client of Kinesis.
        sqs: Client of SQS.
        logs: Client of CloudWatch Logs.
        checkpoints: Of all pipes.
        metrics: Of all pipes.
    """

    def __init__(
        self, pipes: Client, kinesis: Client, sqs: Client, logs: Client, *, checkpoints: Checkpoints, metrics: Metrics
    ) -> None:
        self._pipes = pipes
        self._clients = (kinesis, sqs, logs)
        self._checkpoints = checkpoints
        self._metrics = metrics
        self._running: dict[tuple[str, str], RunningPipe] = {}
        self._refused: set[str] = set()

    def refresh(self) -> None:
        """Starts, stops and restarts pipes; notices new shards."""
        deployed = [pipe for page in self._pipes.get_paginator("list_pipes").paginate() for pipe in page["Pipes"]]
        wanted = {
            # A changed pipe is another one with the same checkpoints.
            (checkpoint_key(pipe), str(pipe["LastModifiedTime"])): pipe
            for pipe in deployed
            if pipe["DesiredState"] == pipe["CurrentState"] == "RUNNING"
        }
        for key in self._running.keys() - wanted.keys():
            self._running.pop(key).stop()
        self._checkpoints.keep_only({checkpoint_key(pipe) for pipe in deployed})
        for key in wanted.keys() - self._running.keys():
            pipe = self._pipes.describe_pipe(Name=wanted[key]["Name"])
            if self._can_run(pipe):
                logger.info("%s: from %s to %s", pipe["Name"], pipe["Source"], pipe["Target"])
                self._running[key] = RunningPipe(
                    *self._clients, pipe=pipe, checkpoints=self._checkpoints, metrics=self._metrics
                )
        for running in self._running.values():
            try:
                running.read_all_shards()
            except ClientError as error:
                # A stream that is gone leaves the other pipes alone.
                logger.warning("%s", error)

    def stop(self) -> None:
        """Ends all pipes."""
        for pipe in self._running.values():
            pipe.ask_to_stop()

    def _can_run(self, pipe: dict[str, Any]) -> bool:
        plain = not pipe.get("Enrichment") and not pipe.get("TargetParameters", {}).get("InputTemplate")
        if ":kinesis:" in pipe["Source"] and ":sqs:" in pipe["Target"] and plain:
            return True
        if pipe["Arn"] not in self._refused:
            self._refused.add(pipe["Arn"])
            logger.warning("%s rests: only Kinesis to SQS runs here, without enrichment or template", pipe["Name"])
        return False


def checkpoint_key(pipe: dict[str, Any]) -> str:
    """Tells a pipe of a region from an earlier one of the same name, as a file name."""
    return f"{pipe['Name']}-{pipe['CreationTime'].timestamp():.3f}"
