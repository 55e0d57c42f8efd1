"""Start-up and synthesis: `validate-config` and the stack in process."""

import sys
import tempfile

from tests.bench.measure import BIN, ENVIRONMENT, Result, compare, timed

PROGRAMS = [sys.executable, "-m", "tests.bench.programs"]


def validation() -> list[Result]:
    """validate-config over all profiles against importing what it is made of."""
    return [
        compare(
            "validate-config / importing typer, yaml, pydantic",
            lambda: timed([str(BIN / "streamflix"), "validate-config"]),
            lambda: timed([sys.executable, "-c", "import typer, yaml, pydantic"]),
            target="<= 2",
            pairs=15,
        )
    ]


def synthesis() -> list[Result]:
    """Synthesis in process against the plain import, the floor, and itself for ten environments."""
    with tempfile.TemporaryDirectory() as empty:
        # An empty cache folder that nothing is written to: every module is compiled from source.
        without_pyc = {**ENVIRONMENT, "PYTHONPYCACHEPREFIX": empty}
        return [
            compare(
                "synth with the plain provider import, without .pyc / synth",
                lambda: timed([*PROGRAMS, "synth-plain"], without_pyc),
                lambda: timed([*PROGRAMS, "synth"]),
                target=">= 9",
                pairs=1,
            ),
            compare(
                "synth / floor (node and both jsii assemblies)",
                lambda: timed([*PROGRAMS, "synth"]),
                lambda: timed([*PROGRAMS, "floor"]),
                target="<= 1.4",
                pairs=5,
            ),
            compare(
                "synth of ten environments / of one",
                lambda: timed([*PROGRAMS, "synth-ten"]),
                lambda: timed([*PROGRAMS, "synth"]),
                target="<= 2",
                pairs=3,
            ),
        ]
