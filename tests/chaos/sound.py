"""A small history in which every invariant holds, for tests that then break one of them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from lib.contracts.audit import AuditEvent, seals
from tests.chaos.history import Accepted, History, Job, Rendition, StoredObject, Task

KEY = "audit key"
LADDER = "ladder"
PUBLISHED, REJECTED = str(UUID(int=1)), str(UUID(int=2))
PLAN, ENCODE, FINISH, BAD_PLAN = "plan", "encode", "finish", "bad plan"
FILE_DIGEST = "ab" * 32
TOKEN = 9
PREFIX = f"s3://processed/titles/film/{PUBLISHED}/{TOKEN}/"
WORKER, OTHER, HOUSEKEEPING = "worker:host:1", "worker:host:2", "housekeeping"

Told = tuple[str, str, str, str | None, str]
"""Actor, kind and id of the subject, state before and after."""

STORY: tuple[Told, ...] = (
    ("person:1", "job", PUBLISHED, None, "received"),
    ("person:1", "task", PLAN, None, "ready"),
    (WORKER, "task", PLAN, "ready", "leased"),
    (WORKER, "job", PUBLISHED, "received", "planning"),
    # Its worker is lost, which counts; the next one is preempted, which does not.
    (HOUSEKEEPING, "task", PLAN, "leased", "ready"),
    (OTHER, "task", PLAN, "ready", "leased"),
    (OTHER, "task", PLAN, "leased", "ready"),
    (WORKER, "task", PLAN, "ready", "leased"),
    (WORKER, "task", PLAN, "leased", "done"),
    (WORKER, "job", PUBLISHED, "planning", "encoding"),
    (WORKER, "task", ENCODE, None, "ready"),
    (WORKER, "task", ENCODE, "ready", "leased"),
    (WORKER, "task", ENCODE, "leased", "done"),
    (WORKER, "job", PUBLISHED, "encoding", "finishing"),
    (WORKER, "task", FINISH, None, "ready"),
    (WORKER, "task", FINISH, "ready", "leased"),
    (WORKER, "task", FINISH, "leased", "done"),
    (WORKER, "job", PUBLISHED, "finishing", "published"),
    ("person:1", "job", REJECTED, None, "received"),
    ("person:1", "task", BAD_PLAN, None, "ready"),
    (WORKER, "task", BAD_PLAN, "ready", "leased"),
    (WORKER, "job", REJECTED, "received", "planning"),
    (WORKER, "task", BAD_PLAN, "leased", "failed"),
    (WORKER, "job", REJECTED, "planning", "rejected"),
)


def events(story: Sequence[Told] = STORY) -> list[AuditEvent]:
    """What the trail tells, a second apart."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        AuditEvent(
            event_id=number,
            at=first + timedelta(seconds=number),
            actor=actor,
            login="app",
            action=f"{kind}.{after}",
            subject_kind=kind,
            subject_id=subject,
            job_id=UUID(REJECTED if subject in {REJECTED, BAD_PLAN} else PUBLISHED),
            before={"state": before} if before else None,
            after={"state": after},
        )
        for number, (actor, kind, subject, before, after) in enumerate(story, start=1)
    ]


def sound(*, story: Sequence[Told] = STORY, files: dict[str, bytes] | None = None) -> History:
    """One job is published, the other rejected."""
    told = events(story)
    objects = published(files or FILES)
    video = objects[PREFIX + "video.mp4"]
    return History(
        accepted=(
            Accepted(PUBLISHED, "film", FILE_DIGEST, LADDER, frozenset({"published", "dead"})),
            Accepted(REJECTED, "noise", FILE_DIGEST, LADDER, frozenset({"rejected", "dead"})),
        ),
        jobs=(
            Job(PUBLISHED, "film", FILE_DIGEST, LADDER, "published", published_prefix=PREFIX, published_token=TOKEN),
            Job(REJECTED, "noise", FILE_DIGEST, LADDER, "rejected", "NOT_A_VIDEO", "It is noise."),
        ),
        tasks=(
            Task(PLAN, PUBLISHED, "plan", "done", 2, 3, 5),
            Task(ENCODE, PUBLISHED, "encode", "done", 1, 3, 7, {"prefix": f"work/{PUBLISHED}/7/"}),
            Task(FINISH, PUBLISHED, "finish", "done", 1, 3, TOKEN, {"prefix": PREFIX}),
            Task(BAD_PLAN, REJECTED, "plan", "failed", 1, 3, 10),
        ),
        renditions=(Rendition(PUBLISHED, "video-144", "video.mp4", video.bytes, video.sha256),),
        trail=tuple(zip(seals(told, after=None, key=KEY), told, strict=True)),
        audit_key=KEY,
        hidden=(),
        unsealed=0,
        announced=(PUBLISHED,),
        objects=objects,
        queues={"jobs": 0, "dead letters": 0, "pipe dead letters": 0},
    )


FILES = {
    "master.m3u8": b'#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="keys.m3u8"\nvideo.m3u8\n',
    "video.m3u8": b'#EXTM3U\n#EXT-X-MAP:URI="video.mp4",BYTERANGE="9@0"\nvideo.mp4\n',
    "keys.m3u8": b'#EXTM3U\n#EXT-X-MAP:URI="video.mp4",BYTERANGE="9@0"\nvideo.mp4\n',
    "manifest.mpd": b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>video.mp4</BaseURL></MPD>',
    "video.mp4": b"pictures",
}


def published(files: dict[str, bytes]) -> dict[str, StoredObject]:
    """Files and the listing of them, as they lie in the bucket."""
    listing = {path: {"bytes": len(content), "sha256": _digest(content)} for path, content in files.items()}
    contents = {**files, "checksums.json": json.dumps(listing).encode()}
    return {PREFIX + path: StoredObject(len(one), _digest(one), one.decode()) for path, one in contents.items()}


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
