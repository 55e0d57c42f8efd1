"""Submissions, and workers that do what comes."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

from lib.contracts import identity
from lib.contracts.audit import TRAIL_QUERY, AuditEvent, Seal
from lib.contracts.content import ContentRecord
from lib.contracts.media import MediaInfo, VideoStream
from lib.contracts.messages import Submission
from lib.contracts.records import ChunkRange, Location, ObjectLocation, StreamLocation, VideoSubmitted
from lib.contracts.states import JobState, Priority
from lib.worker.store import CheckRow, Claim, RenditionRow, Store

T = TypeVar("T")

RAW = ObjectLocation(bucket="raw", key="landed/x/film.mp4")
STREAM = StreamLocation(
    stream="s", upload_id="u1", chunks=1, ranges=(ChunkRange(shard_id="shard-0", first="1", last="1"),)
)
SHA256 = "a" * 64
LADDER = "ladder-1"
SUBMITTER = "person:0123456789abcdef"
SUBMITTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
INFO = MediaInfo(
    container="mov",
    duration_seconds=10,
    size_bytes=1000,
    video=VideoStream(
        index=0,
        codec="h264",
        width=1280,
        height=720,
        display_width=1280,
        display_height=720,
        frame_rate="25/1",
        frames=250,
        duration_seconds=10,
        time_base="1/12800",
        pixel_format="yuv420p",
    ),
)
PREFIX = "s3://processed/titles/a-film/job/1/"
RENDITION = RenditionRow(name="video-720", kind="video", path="video-720.mp4", bytes=10, sha256=SHA256, height=720)
CHECK = CheckRow(check_id="rights", severity="error", outcome="passed", detail={"territories": ["NL"]})


def submission(
    content_id: str = "a-film",
    *,
    sha256: str = SHA256,
    sequence: int = 1,
    location: Location = RAW,
    priority: Priority = "normal",
    title: str = "A film",
) -> Submission:
    return Submission(
        record=VideoSubmitted(
            job_id=job_id(content_id, sha256),
            content=ContentRecord(id=content_id, titles={"en": title}),
            file_name="film.mp4",
            size=1000,
            sha256=sha256,
            ladder_version=LADDER,
            priority=priority,
            location=location,
            submitted_at=SUBMITTED_AT + timedelta(seconds=sequence),
            submitted_by=SUBMITTER,
        ),
        sequence_number=str(sequence),
    )


def job_id(content_id: str = "a-film", sha256: str = SHA256) -> UUID:
    return identity.job_id(content_id, sha256, LADDER)


def claimed(store: Store, worker: str = "worker-1") -> Claim:
    claim = store.claim(worker)
    assert claim is not None, "there is nothing to claim"
    return claim


def complete(store: Store, claim: Claim, *, segments: int = 2) -> None:
    """Does what the task asks for."""
    match claim.kind:
        case "land":
            store.complete_land(claim, RAW)
        case "plan":
            store.complete_plan(claim, INFO, [{"segment": number} for number in range(segments)])
        case "encode":
            store.complete_encode(claim, {"frames": 125})
        case "finish":
            store.publish(claim, prefix=PREFIX, renditions=[RENDITION], checks=[CHECK])


def advance_to(store: Store, state: JobState, *, segments: int = 2) -> None:
    """Does tasks until the only job is in this state."""
    while state_of(store) != state:
        complete(store, claimed(store), segments=segments)


def state_of(store: Store) -> JobState:
    (state,) = store.overview().jobs
    return state


def rows(store: Store, query: str, *values: Any) -> list[dict[str, Any]]:
    with store._database.connection() as connection:
        return connection.execute(query.encode(), values).fetchall()


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""
    tables = [row["tablename"] for row in rows(store, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {table: rows(store, f"SELECT to_jsonb({table}) AS row FROM {table} ORDER BY 1") for table in tables}


def trail(store: Store) -> list[tuple[Seal, AuditEvent | None]]:
    return [
        (
            Seal(row["position"], row["sealed_event_id"], row["previous_hash"], row["hash"]),
            AuditEvent.model_validate(row) if row["event_id"] else None,
        )
        for row in rows(store, f"{TRAIL_QUERY} ORDER BY s.position")
    ]


def expire(store: Store, claim: Claim) -> None:
    """Lets the lease of a claim run out."""
    with store._database.connection() as connection:
        connection.execute("UPDATE task SET lease_until = now() - interval '1 s' WHERE task_id = %s", [claim.task_id])


def make_due(store: Store) -> None:
    """Ends the waits of tasks that are to be tried again."""
    with store._database.connection() as connection:
        connection.execute("UPDATE task SET run_after = now() WHERE state = 'retry_wait'")


def at_once(functions: Iterable[Callable[[], T]]) -> list[T]:
    """Calls functions at the same moment, each in its thread, and returns what they return."""
    functions = list(functions)
    barrier = Barrier(len(functions))

    def call(function: Callable[[], T]) -> T:
        barrier.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(call, functions))
