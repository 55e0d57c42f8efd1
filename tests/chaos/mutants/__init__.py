"""The product without a part of it: what the checker must find out.

Each folder holds a `sitecustomize`, which Python imports when the folder is on `PYTHONPATH` (library reference,
"site"). The harness puts it there in the tasks' environment, so that the product itself has no switch for it.
"""

from pathlib import Path

_HERE = Path(__file__).parent
MUTANTS = tuple(sorted(path.parent.name.replace("_", "-") for path in _HERE.glob("*/sitecustomize.py")))


def folder_of(mutant: str) -> Path:
    """What goes on `PYTHONPATH` for one of `MUTANTS`."""
    return _HERE / mutant.replace("-", "_")
