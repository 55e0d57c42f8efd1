"""Rules about the Aurora cluster."""

from collections.abc import Iterator

from lib.profile import Database
from lib.profile_rules.registry import Violation, rule

FIRST_PAUSING_MINOR = {14: 12, 15: 7, 16: 3}
"""First minor version that pauses at 0 ACU and grows to 256 (Aurora user guide, Serverless v2); all of 17 do."""
MAX_ACU_BEFORE = 128


def _pauses(engine_version: str) -> bool:
    major, minor = map(int, engine_version.split("."))
    return minor >= FIRST_PAUSING_MINOR.get(major, 0)


@rule("SFX323")
def acu_order(database: Database) -> Iterator[Violation]:
    """The least capacity is at most the largest."""
    if database.min_acu > database.max_acu:
        yield Violation(
            f"`min_acu: {database.min_acu:g}` is more than `max_acu: {database.max_acu:g}`.",
            (("database", "min_acu"), ("database", "max_acu")),
        )


@rule("SFX324")
def pause_at_zero(database: Database) -> Iterator[Violation]:
    """Aurora pauses only where its capacity may fall to 0."""
    if database.auto_pause_minutes is not None and database.min_acu > 0:
        yield Violation(
            f"`auto_pause_minutes` needs `min_acu: 0`; it is {database.min_acu:g}.",
            (("database", "auto_pause_minutes"), ("database", "min_acu")),
            "Set `min_acu: 0`, or remove it (`auto_pause_minutes: null` where it is inherited).",
        )


@rule("SFX325")
def engine_for_capacity(database: Database) -> Iterator[Violation]:
    """0 ACU, and more than 128, need a recent engine."""
    if _pauses(database.engine_version):
        return
    versions = ", ".join(f"{major}.{minor}" for major, minor in FIRST_PAUSING_MINOR.items())
    newer = f"Take one of {versions} or a later minor version, or 17."
    if database.min_acu == 0:
        yield Violation(
            f"Aurora PostgreSQL {database.engine_version} cannot pause at 0 ACU.",
            (("database", "engine_version"), ("database", "min_acu")),
            newer,
        )
    if database.max_acu > MAX_ACU_BEFORE:
        yield Violation(
            f"Aurora PostgreSQL {database.engine_version} grows to {MAX_ACU_BEFORE} ACU at most.",
            (("database", "max_acu"), ("database", "engine_version")),
            newer,
        )


DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIN_WINDOW_MINUTES = 30
"""Backup and maintenance windows have at least 30 minutes and may not overlap (RDS user guide); UTC."""


def _minutes(clock: str) -> int | None:
    hours, minutes = map(int, clock.split(":"))
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None


def _week_minutes(moment: str) -> int | None:
    day, _, clock = moment.partition(":")
    minutes = _minutes(clock)
    return None if day not in WEEKDAYS or minutes is None else WEEKDAYS.index(day) * DAY_MINUTES + minutes


@rule("SFX326")
def database_windows(database: Database) -> Iterator[Violation]:
    """Backup and maintenance windows have real times, at least 30 minutes, and do not overlap."""
    backup = [_minutes(clock) for clock in database.backup_window.split("-")]
    maintenance = [_week_minutes(moment) for moment in database.maintenance_window.split("-")]
    lengths: dict[str, int] = {}
    for name, ends, turn in (("backup_window", backup, DAY_MINUTES), ("maintenance_window", maintenance, WEEK_MINUTES)):
        start, end = ends
        if start is None or end is None:
            yield Violation(
                f"`{getattr(database, name)}` names a day or time that does not exist.",
                (("database", name),),
                "Times run from 00:00 to 23:59 UTC, days from mon to sun.",
            )
        elif (length := (end - start) % turn) < MIN_WINDOW_MINUTES:
            yield Violation(
                f"The window has {length} minutes; RDS wants {MIN_WINDOW_MINUTES} or more.", (("database", name),)
            )
        else:
            lengths[name] = length
    if len(lengths) < 2 or backup[0] is None or maintenance[0] is None:
        return
    for day in range(len(WEEKDAYS)):
        begins = (day * DAY_MINUTES + backup[0] - maintenance[0]) % WEEK_MINUTES
        if begins < lengths["maintenance_window"] or begins + lengths["backup_window"] > WEEK_MINUTES:
            yield Violation(
                f"The maintenance window {database.maintenance_window} overlaps the daily backup window "
                f"{database.backup_window}.",
                (("database", "maintenance_window"), ("database", "backup_window")),
            )
            return
