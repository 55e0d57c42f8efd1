"""Writes `REPORT.md` from what the kills have noted: `python -m tests.soak.report`."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.integration.deploy.kills import NOBODY

ROWS = Path(__file__).parents[2] / ".streamflix" / "soak"
REPORT = Path(__file__).parent / "REPORT.md"
HEAD = """\
# Kills

{count} kills at random moments, of {date}. After each: `unlock` until nothing is locked, then the command that is named
last, which must succeed; then no service may know a resource of the environment that its state does not, and a plan
must be empty, or the environment gone. `make soak` runs them, `python -m tests.soak.report` writes this page.

| kill | how many | left resources unknown to the state | left a lock |
|---|---:|---:|---:|
{summary}

| no | stack | command | killed | by | after | exit code | unknown to the state | locks left | recovered by |
|---:|---|---|---|---|---:|---:|---|---|---|
{rows}
"""


def write(rows: list[dict[str, Any]]) -> str:
    """Returns the report."""
    return HEAD.format(
        count=sum(not _missed(row) for row in rows),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        summary="\n".join(_summary(rows)),
        rows="\n".join(_row(number, row) for number, row in enumerate(rows, 1)),
    )


def _summary(rows: list[dict[str, Any]]) -> list[str]:
    kinds = Counter(f"{row['signal']} to {row['victim']}" for row in rows if not _missed(row))
    lines = []
    for kind, count in sorted(kinds.items()):
        of_kind = [row for row in rows if f"{row['signal']} to {row['victim']}" == kind]
        unknown, locked = (sum(bool(row[key]) for row in of_kind) for key in ("unknown", "locks"))
        lines.append(f"| {kind} | {count} | {unknown} | {locked} |")
    return [*lines, f"| none: the command had ended | {sum(map(_missed, rows))} | | |"]


def _missed(row: dict[str, Any]) -> bool:
    return bool(row["victim"] == NOBODY)


def _row(number: int, row: dict[str, Any]) -> str:
    unknown = ", ".join(one.partition(" ")[0] for one in row["unknown"])
    cells = (
        number, row["stack"], row["command"], row["victim"], row["signal"], f"{row['moment']} s", row["code"],
        unknown, ", ".join(row["locks"]), f"`{row['recovered_by']}`",
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    noted = [json.loads(line) for file in sorted(ROWS.glob("*.jsonl")) for line in file.read_text().splitlines()]
    REPORT.write_text(write(noted))
