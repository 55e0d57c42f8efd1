"""A deployed pipeline without its tasks: control plane, PostgreSQL, and what the stack would have made there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from lib.contracts.messages import Submission
from lib.contracts.records import SUBMISSION_KEY_PREFIX, parse_submission
from lib.worker.database import Database, DatabaseSettings
from lib.worker.migrate import migrate
from lib.worker.store import Claim, QueueSettings, Store
from streamflix_cli.main import run
from tests.finished import Finished
from tests.integration.local.databases import REGION, LocalDatabases, local_databases

AUDIT_KEY, PSEUDONYM_KEY = "a" * 64, "p" * 64
LADDER = "0123456789ab"
MOST_STREAMED = 2 * 1024 * 1024
PROGRAM = "from streamflix_cli.main import run; run()"


@dataclass(frozen=True)
class Shared:
    """What all environments of the session share.

    Attributes:
        outputs: Of every environment's stack.
        store: The workers' view of the database.
        libpq: Variables that lead `store` to the database. They are set while one of these tests runs: in this
            process there may be other servers, for other tests.
    """

    databases: LocalDatabases
    cluster: dict[str, Any]
    outputs: dict[str, str]
    store: Store
    libpq: dict[str, str]

    def client(self, service: str) -> Any:
        return self.databases.client(service)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    root = tmp_path_factory.mktemp("cloud")
    with local_databases(root) as databases:
        cluster = databases.create_cluster("aurora-cluster-shared")
        secrets = databases.client("secretsmanager")

        def secret(name: str, value: str) -> str:
            return str(secrets.create_secret(Name=name, SecretString=value)["ARN"])

        def login(name: str) -> str:
            return secret(f"database-{name}-secret", json.dumps({"username": name, "password": uuid4().hex}))

        app, operator = login("app"), login("operator")
        listener = databases.available(cluster)
        libpq = {"PGHOSTADDR": listener["address"], "PGSSLROOTCERT": listener["ca"]}

        def settings(arn: str) -> DatabaseSettings:
            return DatabaseSettings(cluster["Endpoint"], cluster["Port"], cluster["DatabaseName"], arn)

        owner = cluster["MasterUserSecret"]["SecretArn"]
        with patch.dict(os.environ, libpq):
            migrate(settings(owner), app_secret_arn=app, operator_secret_arn=operator, secrets=secrets)
        outputs = {
            "ladder_version": LADDER,
            "max_streamed_bytes": str(MOST_STREAMED),
            "database_cluster_arn": cluster["DBClusterArn"],
            "database_name": cluster["DatabaseName"],
            "operator_secret_arn": operator,
            "pseudonym_key_arn": secret("pseudonym-key", PSEUDONYM_KEY),
            "audit_key_arn": secret("audit-key", AUDIT_KEY),
            "operator_policy_arn": "arn:aws:iam::123456789012:policy/operator-policy",
        }
        with closing(Database(settings(app), secrets)) as database:
            queue = QueueSettings(lease_seconds=60, max_attempts=1, backoff_base_seconds=1, backoff_cap_seconds=2)
            yield Shared(databases, cluster, outputs, Store(database, audit_key=AUDIT_KEY, settings=queue), libpq)


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def interrupt(self) -> Finished:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return Finished(self.process.returncode, out, err)


@dataclass(frozen=True)
class Environment:
    """One environment, deployed as its state says, and `streamflix` in its project folder."""

    name: str
    root: Path
    shared: Shared
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return self.shared.client(service)

    @property
    def uploads(self) -> Path:
        return self.root / ".streamflix" / "aws" / self.name / "uploads"

    def start(self, *arguments: str) -> Running:
        return Running(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments, "--env", self.name],
                cwd=self.root,
                env={**os.environ, **self._aws()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def streamflix(self, *arguments: str) -> Finished:
        """Runs the program in this process: starting one takes longer than most commands."""
        out, err = StringIO(), StringIO()
        with (
            patch.dict(os.environ, self._aws()),
            patch.object(sys, "argv", ["streamflix", *arguments, "--env", self.name]),
            chdir(self.root),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            run()
        code = ended.value.code
        assert isinstance(code, int)
        return Finished(code, out.getvalue(), err.getvalue())

    def _aws(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.shared.databases.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    def records(self) -> list[dict[str, Any]]:
        """Everything in the stream: partition key, sequence number, data."""
        kinesis, stream = self.client("kinesis"), self.outputs["stream_name"]
        found = []
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            position = kinesis.get_shard_iterator(
                StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while True:
                answer = kinesis.get_records(ShardIterator=position)
                if not answer["Records"]:
                    break
                found += answer["Records"]
                position = answer["NextShardIterator"]
        return found

    def submissions(self) -> list[Submission]:
        """What the pipe would deliver."""
        return [
            Submission(parse_submission(one["Data"]), one["SequenceNumber"])
            for one in self.records()
            if one["PartitionKey"].startswith(SUBMISSION_KEY_PREFIX)
        ]

    def receive(self) -> Claim:
        """Does what the pipe and a worker do with the last submission: stores it, and claims its first task."""
        submission = max(self.submissions(), key=lambda one: one.record.submitted_at)
        store = self.shared.store
        store.submit(submission)
        while claim := store.claim("worker-1"):
            if claim.job_id == submission.record.job_id:
                return claim
            store.reject(claim, "NOT_A_VIDEO", "Left over by another test.")
        raise AssertionError("there is nothing to claim")

    def messages(self, output: str) -> list[str]:
        """Takes the messages of a queue."""
        sqs, url = self.client("sqs"), self.outputs[output]
        taken = []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                taken.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken


@pytest.fixture
def environment(shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    for variable, value in shared.libpq.items():
        monkeypatch.setenv(variable, value)
    name = f"t{uuid4().hex[:8]}"
    s3, sqs = shared.client("s3"), shared.client("sqs")
    outputs = {**shared.outputs, "stream_name": f"kinesis-stream-{name}"}
    for output in ("raw_bucket", "processed_bucket"):
        outputs[output] = f"{output.replace('_', '-')}-{name}"
        s3.create_bucket(Bucket=outputs[output], CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=outputs[output], VersioningConfiguration={"Status": "Enabled"})
    for output in ("jobs_queue_url", "jobs_dead_letter_queue_url", "pipe_dead_letter_queue_url"):
        outputs[output] = sqs.create_queue(QueueName=f"{output.removesuffix('_url').replace('_', '-')}-{name}")[
            "QueueUrl"
        ]
    shared.client("kinesis").create_stream(StreamName=outputs["stream_name"], ShardCount=2)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / f"{name}.yaml").write_text(f"aws: {{region: {REGION}}}\n")
    state = {"version": 4, "resources": [], "outputs": {key: {"value": value} for key, value in outputs.items()}}
    folder = tmp_path / ".streamflix" / "aws" / name
    folder.mkdir(parents=True)
    (folder / "terraform.tfstate").write_text(json.dumps(state))
    return Environment(name, tmp_path, shared, outputs)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
