"""Rules about the workers and the ladder."""

from collections.abc import Iterator
from itertools import pairwise

from lib.profile import Processing
from lib.profile_rules.registry import FieldPath, Violation, rule

FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16_384 + 1, 1024)),
    4096: tuple(range(8192, 30_720 + 1, 1024)),
    8192: tuple(range(16_384, 61_440 + 1, 4096)),
    16_384: tuple(range(32_768, 122_880 + 1, 8192)),
}
"""MiB that Fargate offers for each number of CPU units (ECS developer guide, task CPU and memory)."""


@rule("SFX317")
def fargate_size(processing: Processing) -> Iterator[Violation]:
    """CPU and memory are one of Fargate's combinations."""
    allowed = FARGATE_MEMORY[processing.cpu]
    if processing.memory in allowed:
        return
    listed = ", ".join(map(str, allowed))
    fitting = [cpu for cpu, memory in FARGATE_MEMORY.items() if processing.memory in memory]
    other = f"`memory: {processing.memory}` goes with `cpu` {', '.join(map(str, fitting))}." if fitting else None
    yield Violation(
        f"Fargate has no task with `cpu: {processing.cpu}` and `memory: {processing.memory}`; "
        f"allowed for this cpu: {listed}.",
        (("processing", "memory"), ("processing", "cpu")),
        other,
    )


@rule("SFX318")
def task_counts(processing: Processing) -> Iterator[Violation]:
    """Neither the least number of tasks nor the number kept off Spot exceeds the largest."""
    for name in ("min_tasks", "fargate_base"):
        value = getattr(processing, name)
        if value > processing.max_tasks:
            yield Violation(
                f"`{name}: {value}` is more than `max_tasks: {processing.max_tasks}`.",
                (("processing", name), ("processing", "max_tasks")),
            )


@rule("SFX319")
def backoff_order(processing: Processing) -> Iterator[Violation]:
    """The backoff's base is at most its cap."""
    base, cap = processing.backoff_base_seconds, processing.backoff_cap_seconds
    if base > cap:
        yield Violation(
            f"`backoff_base_seconds: {base}` is more than `backoff_cap_seconds: {cap}`.",
            (("processing", "backoff_base_seconds"), ("processing", "backoff_cap_seconds")),
        )


GOP_SECONDS = 2
"""Key frames stand on a two-second grid, so that rungs switch at the same places."""


@rule("SFX320")
def segment_on_key_frames(processing: Processing) -> Iterator[Violation]:
    """An encoding segment is a whole number of two-second groups of pictures."""
    if processing.segment_seconds % GOP_SECONDS:
        yield Violation(
            f"`segment_seconds: {processing.segment_seconds}` is not a multiple of {GOP_SECONDS}, "
            "the distance of key frames in seconds.",
            (("processing", "segment_seconds"),),
        )


@rule("SFX321")
def lease_within_segment(processing: Processing) -> Iterator[Violation]:
    """A lease longer than a segment makes a lost worker cost more waiting than work."""
    if processing.lease_seconds > processing.segment_seconds:
        yield Violation(
            f"`lease_seconds: {processing.lease_seconds}` is longer than `segment_seconds: "
            f"{processing.segment_seconds}`: a segment whose worker is lost waits longer than it plays.",
            (("processing", "lease_seconds"), ("processing", "segment_seconds")),
            severity="warning",
        )


@rule("SFX322")
def ladder_order(processing: Processing) -> Iterator[Violation]:
    """The ladder's rungs descend, each height once, and peak at no less than they average."""
    for index, rung in enumerate(processing.ladder):
        at: FieldPath = ("processing", "ladder", index)
        if rung.max_bitrate_kbps < rung.bitrate_kbps:
            yield Violation(
                f"`max_bitrate_kbps: {rung.max_bitrate_kbps}` is less than `bitrate_kbps: {rung.bitrate_kbps}`.",
                ((*at, "max_bitrate_kbps"),),
            )
    for index, (upper, lower) in enumerate(pairwise(processing.ladder), start=1):
        at = ("processing", "ladder", index, "height")
        if lower.height == upper.height:
            yield Violation(f"Two rungs have the height {lower.height}.", (at,))
        elif lower.height > upper.height:
            yield Violation(f"Rungs stand from the highest down: {lower.height} follows {upper.height}.", (at,))
