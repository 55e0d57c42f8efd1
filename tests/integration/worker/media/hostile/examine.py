"""Does with files what the plan step does, and says what became of each: a program, so that it can be watched.

`python -m tests.integration.worker.media.hostile.examine corpus SEEDS SEED FIRST COUNT` examines so many files of the
corpus that is made from the clips in the folder SEEDS; `… files PATH…` examines files. It prints one line of JSON for
each.
"""

import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lib.contracts.ladder import Rung
from lib.contracts.media import MediaInfo
from lib.worker.errors import RejectedError, RetryError
from lib.worker.media import plan_renditions, probe, sanity_decode
from tests.integration.worker.media.hostile.corpus import Hostile, hostile
from tests.integration.worker.media.hostile.seeds import CLIPS

LADDER = (Rung(height=180, bitrate_kbps=300, max_bitrate_kbps=450),)


def examine(path: Path) -> dict[str, Any]:
    """What becomes of a file: `accepted`, a code of rejection, `retry CODE`, or the exception that nobody foresaw."""
    begun, reason = time.monotonic(), ""
    try:
        info = probe(path)
        sanity_decode(path, info)
        plan_renditions(info, LADDER)
        # As the store writes and reads it; PostgreSQL's JSON knows no NaN.
        stored = json.dumps(info.model_dump(mode="json"), allow_nan=False)
        assert "\\u0000" not in stored
        assert MediaInfo.model_validate(json.loads(stored)) == info
        outcome = "accepted"
    except RejectedError as error:
        outcome, reason = error.code, error.reason
    except RetryError as error:
        outcome, reason = f"retry {error.code}", error.reason
    except Exception as error:  # noqa: BLE001 - it is what became of the file
        outcome, reason = type(error).__name__, str(error)
    return {
        "outcome": outcome,
        "reason": reason,
        "seconds": round(time.monotonic() - begun, 2),
        # The most that any child took until now.
        "peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def from_corpus(folder: str, *numbers: str) -> Iterable[Hostile]:
    seeds = {name: (Path(folder) / name).read_bytes() for name in CLIPS}
    seed, first, count = map(int, numbers)
    return (hostile(seeds, seed, index) for index in range(first, first + count))


def main(files: Iterable[Hostile]) -> None:
    with tempfile.TemporaryDirectory(prefix="scratch-") as scratch:
        path = Path(scratch) / "source"
        for file in files:
            path.write_bytes(file.content)
            found = examine(path)
            left = [one.name for one in Path(scratch).iterdir() if one != path]
            sys.stdout.write(json.dumps({"name": file.name, **found, "left": left}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    logging.disable()
    command, *arguments = sys.argv[1:]
    if command == "corpus":
        main(from_corpus(*arguments))
    else:
        main(Hostile(Path(path).name, Path(path).read_bytes()) for path in arguments)
