"""What a run says of itself."""

import io
import json
from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from tests.chaos.faults import Hit
from tests.chaos.invariants import Violation
from tests.chaos.nemesis import Fault
from tests.chaos.report import Report
from tests.chaos.sound import PUBLISHED, REJECTED, events, sound

FIRST_CLAIM, SECOND_CLAIM = (events()[number].at.timestamp() for number in (2, 5))


def report(faults: Sequence[Fault], *violations: Violation) -> Report:
    return Report(7, None, 60.0, faults, ["disk full"], Counter({"failed s3": 2}), sound(), violations)


def kill(at: float, *jobs: str) -> Fault:
    return Fault("kill", Hit(at, "pid 1", jobs))


def test_recovery_is_the_time_to_the_jobs_next_claim() -> None:
    (recovery,) = report([kill(FIRST_CLAIM + 1, PUBLISHED)]).recoveries
    assert (recovery.job_id, recovery.seconds) == (PUBLISHED, SECOND_CLAIM - FIRST_CLAIM - 1)


def test_a_job_that_needed_no_further_claim_recovered_from_nothing() -> None:
    assert not report([kill(events()[-1].at.timestamp() + 1, PUBLISHED), kill(FIRST_CLAIM)]).recoveries


def test_a_fault_is_survived_unless_what_it_hit_violates_an_invariant() -> None:
    faults = [kill(FIRST_CLAIM, PUBLISHED), kill(FIRST_CLAIM, REJECTED), kill(FIRST_CLAIM)]
    assert report(faults).as_json()["faults"]["kill"] == {"injected": 3, "survived": 3}
    spoiled = report(faults, Violation("I3", REJECTED, "it rests as planning"))
    assert spoiled.as_json()["faults"]["kill"] == {"injected": 3, "survived": 1}


def test_text_and_json_name_invariant_job_and_seed() -> None:
    spoiled = report([kill(FIRST_CLAIM, PUBLISHED)], Violation("I3", REJECTED, "it rests as planning"))
    (told,) = json.loads(json.dumps(spoiled.as_json()))["violations"]
    assert told == {"invariant": "I3", "subject": REJECTED, "message": "it rests as planning"}
    text = io.StringIO()
    spoiled.draw(Console(file=text, width=200))
    assert f"I3 is violated (seed 7) by {REJECTED}: it rests as planning" in text.getvalue()
    assert "disk full" in text.getvalue()
