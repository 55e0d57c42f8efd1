"""`python -m lib.worker worker|migrate|housekeep`: the tasks that run on ECS."""

import logging
import os
import signal
import socket
import sys
from contextlib import closing
from typing import Any

import boto3
from botocore.config import Config

from lib.worker import logs
from lib.worker.consumer import Consumer
from lib.worker.database import Database
from lib.worker.doorbells import DeadLetters, JobsQueue
from lib.worker.housekeep import Housekeeping
from lib.worker.metrics import Metrics
from lib.worker.migrate import migrate
from lib.worker.objects import Objects
from lib.worker.outbox import Outbox
from lib.worker.protection import TaskProtection
from lib.worker.scratch import Scratch
from lib.worker.settings import MigrationSettings, Settings
from lib.worker.steps import Tools
from lib.worker.store import QueueSettings, Store
from lib.worker.stream import Stream

logger = logging.getLogger(__name__)
AWS = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
"""Eight attempts last a minute; whatever takes longer is a failure of the task, which is tried again later."""


def run_worker() -> int:
    """Works until SIGTERM or SIGINT."""
    settings = Settings.model_validate(dict(os.environ))
    session = boto3.Session(region_name=settings.region)
    with closing(_database(settings, session)) as database:
        store = _store(settings, database)
        sqs = _client(session, "sqs")
        jobs = JobsQueue(sqs, settings.jobs_queue_url)
        dead_letters = DeadLetters(sqs, settings.dead_letter_queue_url)
        consumer = Consumer(
            name=f"worker:{socket.gethostname()}:{os.getpid()}",
            jobs=jobs,
            dead_letters=dead_letters,
            outbox=_outbox(settings, session, store=store, jobs=jobs, dead_letters=dead_letters),
            metrics=Metrics(_client(session, "cloudwatch"), settings.metrics_namespace),
            protection=TaskProtection(settings.ecs_agent_uri),
            tools=Tools(
                settings=settings,
                store=store,
                objects=Objects(_client(session, "s3")),
                stream=Stream(_client(session, "kinesis")),
                scratch=Scratch(settings.scratch),
            ),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: consumer.stop())
        consumer.run()
    return 0


def run_migrate() -> int:
    """Migrates the database and sets its logins."""
    settings = MigrationSettings.model_validate(dict(os.environ))
    session = boto3.Session(region_name=settings.region)
    migrate(
        settings.database(settings.owner_secret_arn),
        app_secret_arn=settings.app_secret_arn,
        operator_secret_arn=settings.operator_secret_arn,
        secrets=_client(session, "secretsmanager"),
    )
    return 0


def run_housekeep() -> int:
    """Mends once what was lost. Returns 1 if a part of it failed."""
    settings = Settings.model_validate(dict(os.environ))
    session = boto3.Session(region_name=settings.region)
    with closing(_database(settings, session)) as database:
        store = _store(settings, database)
        sqs = _client(session, "sqs")
        jobs = JobsQueue(sqs, settings.jobs_queue_url)
        dead_letters = DeadLetters(sqs, settings.dead_letter_queue_url)
        done = Housekeeping(
            settings=settings,
            database=database,
            store=store,
            jobs=jobs,
            outbox=_outbox(settings, session, store=store, jobs=jobs, dead_letters=dead_letters),
            objects=Objects(_client(session, "s3")),
            metrics=Metrics(_client(session, "cloudwatch"), settings.metrics_namespace),
        ).run()
    return 0 if done else 1


def _client(session: boto3.Session, service: str) -> Any:
    make: Any = session.client
    return make(service, config=AWS)


def _database(settings: Settings, session: boto3.Session) -> Database:
    return Database(settings.database(settings.app_secret_arn), _client(session, "secretsmanager"))


def _store(settings: Settings, database: Database) -> Store:
    processing = settings.processing
    return Store(
        database,
        audit_key=settings.audit_key.get_secret_value(),
        settings=QueueSettings(
            lease_seconds=processing.lease_seconds,
            max_attempts=processing.max_attempts,
            backoff_base_seconds=processing.backoff_base_seconds,
            backoff_cap_seconds=processing.backoff_cap_seconds,
        ),
    )


def _outbox(
    settings: Settings, session: boto3.Session, *, store: Store, jobs: JobsQueue, dead_letters: DeadLetters
) -> Outbox:
    return Outbox(
        store=store,
        jobs=jobs,
        dead_letters=dead_letters,
        sns=_client(session, "sns"),
        topic_arn=settings.video_events_topic_arn,
    )


TASKS = {"worker": run_worker, "migrate": run_migrate, "housekeep": run_housekeep}


def main() -> int:
    """Runs the task that the first argument names. Returns its exit code."""
    logs.configure()
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        logger.error("Usage: python -m lib.worker %s", "|".join(TASKS))
        return 2
    try:
        return TASKS[sys.argv[1]]()
    except Exception:
        logger.exception("The task %s failed", sys.argv[1])
        return 1


if __name__ == "__main__":
    sys.exit(main())
