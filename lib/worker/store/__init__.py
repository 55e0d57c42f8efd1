"""The queue of record in PostgreSQL: claims with fencing tokens, transitions, outbox, audit trail."""

from lib.worker.store.rows import (
    CheckRow as CheckRow,
    Claim as Claim,
    EncodedSegment as EncodedSegment,
    JobRow as JobRow,
    Live as Live,
    OutboxItem as OutboxItem,
    OutboxKind as OutboxKind,
    Overview as Overview,
    QueueSettings as QueueSettings,
    Reaped as Reaped,
    RenditionRow as RenditionRow,
    WebhookRow as WebhookRow,
)
from lib.worker.store.store import Store as Store
from lib.worker.store.upkeep import NotMigratedError as NotMigratedError
