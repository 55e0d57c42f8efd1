"""Puts the parts of a task together."""

import os
import socket
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from lib.worker.consumer import Consumer
from lib.worker.database import Database
from lib.worker.doorbells import DeadLetters, JobsQueue
from lib.worker.housekeep import Housekeeping
from lib.worker.metrics import Metrics
from lib.worker.objects import Objects
from lib.worker.outbox import Outbox
from lib.worker.protection import TaskProtection
from lib.worker.redelivery import Redelivery
from lib.worker.scratch import Scratch
from lib.worker.settings import HousekeepingSettings, Settings, TaskSettings
from lib.worker.steps import Tools
from lib.worker.store import QueueSettings, Store
from lib.worker.stream import Stream
from lib.worker.webhooks import Webhooks

_AWS = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
"""Eight attempts last a minute; whatever takes longer is a failure of the task, which is tried again later."""
_HASTY = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=3, read_timeout=3)
"""Within a heartbeat: a service that hangs must not cost the lease."""


def client(settings: TaskSettings, service: str, config: Config = _AWS) -> Any:
    """A client of an AWS service in the environment's region."""
    make: Any = boto3.client
    return make(service, region_name=settings.region, config=config)


def app_database(settings: Settings) -> Database:
    """The database, for workers and housekeeping."""
    return Database(settings.database(settings.app_secret_arn), client(settings, "secretsmanager"))


@dataclass(frozen=True)
class _Queue:
    """What workers and housekeeping both have."""

    store: Store
    jobs: JobsQueue
    dead_letters: DeadLetters
    outbox: Outbox


def _queue(settings: Settings, database: Database) -> _Queue:
    processing = settings.processing
    store = Store(
        database,
        audit_key=settings.audit_key.get_secret_value(),
        settings=QueueSettings(
            lease_seconds=processing.lease_seconds,
            max_attempts=processing.max_attempts,
            backoff_base_seconds=processing.backoff_base_seconds,
            backoff_cap_seconds=processing.backoff_cap_seconds,
        ),
    )
    sqs = client(settings, "sqs")
    jobs = JobsQueue(sqs, settings.jobs_queue_url, hasty=client(settings, "sqs", _HASTY))
    dead_letters = DeadLetters(sqs, settings.dead_letter_queue_url)
    outbox = Outbox(
        store=store,
        jobs=jobs,
        dead_letters=dead_letters,
        sns=client(settings, "sns"),
        topic_arn=settings.video_events_topic_arn,
        webhooks=Webhooks(
            store=store, secrets=client(settings, "secretsmanager"), receivers=settings.notifications.webhooks
        ),
    )
    return _Queue(store, jobs, dead_letters, outbox)


def make_consumer(settings: Settings, database: Database) -> Consumer:
    """A worker. It empties the scratch space."""
    queue = _queue(settings, database)
    return Consumer(
        name=f"worker:{socket.gethostname()}:{os.getpid()}",
        jobs=queue.jobs,
        dead_letters=queue.dead_letters,
        outbox=queue.outbox,
        metrics=Metrics(client(settings, "cloudwatch"), settings.metrics_namespace),
        protection=TaskProtection(settings.ecs_agent_uri),
        tools=Tools(
            settings=settings,
            store=queue.store,
            objects=Objects(client(settings, "s3")),
            stream=Stream(client(settings, "kinesis")),
            scratch=Scratch(settings.scratch),
        ),
    )


def make_housekeeping(settings: HousekeepingSettings, database: Database) -> Housekeeping:
    """One run of housekeeping."""
    queue = _queue(settings, database)
    return Housekeeping(
        settings=settings,
        store=queue.store,
        jobs=queue.jobs,
        outbox=queue.outbox,
        redelivery=Redelivery(
            client(settings, "sqs"),
            settings.pipe_dead_letter_queue_url,
            stream=Stream(client(settings, "kinesis")),
            stream_name=settings.stream_name,
            store=queue.store,
        ),
        objects=Objects(client(settings, "s3")),
        metrics=Metrics(client(settings, "cloudwatch"), settings.metrics_namespace),
    )
