"""`python -m tests.chaos --seed N`: one run; exit code 1 when an invariant is violated."""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from streamflix_cli.deploy.interrupts import as_keyboard_interrupt
from streamflix_cli.errors import EXIT_INTERRUPTED
from tests.chaos.mutants import MUTANTS
from tests.chaos.run import Plan, run

REPORTS = Path(__file__).parents[2] / ".streamflix" / "chaos"


def main() -> int:
    """Runs it, writes the report and draws it."""
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=200, help="at least so many")
    parser.add_argument("--minutes", type=float, default=11, help="after these, no more faults and jobs")
    parser.add_argument("--mutant", choices=MUTANTS, help="the product without this, which the checker must find out")
    parser.add_argument("--report", type=Path, help="folder for the report")
    arguments = parser.parse_args()
    Console(stderr=True).print(f"Deploying; then at least {arguments.jobs} jobs under faults.", highlight=False)
    plan = Plan(arguments.seed, arguments.jobs, arguments.minutes, arguments.mutant)
    with as_keyboard_interrupt(), tempfile.TemporaryDirectory(prefix="streamflix-chaos-") as folder:
        report = run(plan, Path(folder))
    name = f"seed-{plan.seed}" + (f"-{plan.mutant}" if plan.mutant else "")
    report.write(arguments.report or REPORTS / name)
    report.draw(Console())
    return 1 if report.violations else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
