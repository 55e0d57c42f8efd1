"""`make bench`: speed as ratios within one run.

The results go to `.bench/results.json` and, as a table, to stdout. Exit code 1 when a target is missed.
"""

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from streamflix_cli.errors import EXIT_INTERRUPTED
from tests.bench.measure import ROOT
from tests.bench.plan import planning
from tests.bench.processing import processing
from tests.bench.synthesis import synthesis, validation


def main() -> None:
    """Runs every measurement, writes the results, draws the table."""
    results = [*validation(), *synthesis(), *planning(), *processing()]
    report = {
        "measured": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "results": [{**asdict(result), "met": result.met} for result in results],
    }
    (ROOT / ".bench").mkdir(exist_ok=True)
    (ROOT / ".bench" / "results.json").write_text(json.dumps(report, indent=2) + "\n")
    table = Table("measure", "ratio", "target", "measured", "against", "")
    for result in results:
        mark = "[green]met[/]" if result.met else "[red]missed[/]"
        pair = (f"{result.measured:.2f} {result.unit}", f"{result.against:.2f} {result.unit}")
        table.add_row(result.name, f"{result.ratio:.2f}", result.target, *pair, mark)
    Console().print(table)
    sys.exit(0 if all(result.met for result in results) else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
