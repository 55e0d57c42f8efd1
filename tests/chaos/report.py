"""What a run says of itself."""

import json
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.history import History
from tests.chaos.invariants import Violation
from tests.chaos.nemesis import Fault
from tests.chaos.revisions import LEASE_SECONDS

RECOVERY_SECONDS = LEASE_SECONDS + 10
"""The longest that a killed worker's job may wait for its next claim: the lease, and somebody's next look."""


@dataclass(frozen=True)
class Recovery:
    """How long a job waited for its next claim after its worker was killed."""

    job_id: str
    kind: str
    seconds: float


@dataclass(frozen=True)
class Report:
    """A finished run.

    Attributes:
        seed: Of the run.
        mutant: Which part of the product was taken out; None for the product as it is.
        seconds: From the first submission to rest.
        faults: What was injected.
        missing: Kinds that were not.
        requests: AWS requests that were hit, by fault and service.
        history: What was left behind.
        violations: Of the invariants.
    """

    seed: int
    mutant: str | None
    seconds: float
    faults: Sequence[Fault]
    missing: Sequence[str]
    requests: Counter[str]
    history: History
    violations: Sequence[Violation]

    @property
    def recoveries(self) -> list[Recovery]:
        """Of the jobs whose workers were killed with a task of theirs, where they still needed another claim."""
        claims = [event for event in self.history.events if event.action == "task.leased"]
        found = []
        for fault in self.faults:
            for job_id in fault.hit.killed:
                later = [event.at.timestamp() - fault.hit.at for event in claims if str(event.job_id) == job_id]
                if waits := [seconds for seconds in later if seconds > 0]:
                    found.append(Recovery(job_id, fault.kind, min(waits)))
        return found

    def as_json(self) -> dict[str, Any]:
        """All of it but the history itself."""
        waits = [recovery.seconds for recovery in self.recoveries]
        return {
            "seed": self.seed,
            "mutant": self.mutant,
            "seconds": round(self.seconds, 1),
            "jobs": Counter(job.state for job in self.history.jobs),
            "submissions": len(self.history.accepted),
            "faults": {
                kind: {"injected": times, "survived": self._survived(kind)}
                for kind, times in sorted(Counter(fault.kind for fault in self.faults).items())
            },
            "missing_kinds": list(self.missing),
            "requests_hit": self.requests,
            "recovery_seconds": {
                "kills": len(waits),
                "median": round(statistics.median(waits), 2) if waits else None,
                "max": round(max(waits), 2) if waits else None,
                "allowed": RECOVERY_SECONDS,
            },
            "queues": self.history.queues,
            "violations": [violation._asdict() for violation in self.violations],
            "log": [
                {"at": fault.hit.at, "kind": fault.kind, "detail": fault.hit.detail, "killed": fault.hit.killed}
                for fault in self.faults
            ],
        }

    def _survived(self, kind: str) -> int:
        """Faults of a kind after which the invariants hold: for the jobs that they hit, for all where none is known."""
        broken = {violation.subject for violation in self.violations}
        return sum(
            not (broken.intersection(fault.hit.killed) if fault.hit.killed else broken)
            for fault in self.faults
            if fault.kind == kind
        )

    def draw(self, console: Console) -> None:
        """Draws it as text."""
        summary = self.as_json()
        title = f"seed {self.seed}" + (f", mutant {self.mutant}" if self.mutant else "")
        faults = Table("fault", "injected", "survived", title=f"Chaos, {title}", title_justify="left")
        for kind, counts in summary["faults"].items():
            faults.add_row(kind, str(counts["injected"]), str(counts["survived"]))
        for kind in self.missing:
            faults.add_row(kind, "[yellow]none[/]", "")
        console.print(faults)
        jobs = Table("jobs", "", title_justify="left")
        for state, number in sorted(summary["jobs"].items()):
            jobs.add_row(state, str(number))
        console.print(jobs)
        recovery = summary["recovery_seconds"]
        console.print(
            f"{summary['submissions']} submissions of {len(self.history.jobs)} jobs, {len(self.faults)} faults and "
            f"{self.requests.total()} AWS requests hit in {self.seconds:.0f} s.\n"
            f"From a worker's kill to its job's next claim: median {recovery['median']} s, at most "
            f"{recovery['max']} s ({recovery['kills']} times; {RECOVERY_SECONDS} s are allowed).",
            highlight=False,
        )
        for violation in self.violations:
            console.print(
                f"[red]{violation.invariant} is violated[/] (seed {self.seed}) by {violation.subject}: "
                f"{violation.message}",
                highlight=False,
            )
        if not self.violations:
            console.print("[green]All invariants hold.[/]")

    def write(self, folder: Path) -> None:
        """Writes `report.json` and `report.txt`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_text(json.dumps(self.as_json(), indent=2) + "\n")
        with (folder / "report.txt").open("w") as file:
            self.draw(Console(file=file, width=120))
