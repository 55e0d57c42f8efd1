"""How the program ends when something goes wrong that no command foresaw."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
PROGRAM = Path(sys.executable).with_name("streamflix")
FAULTY = """
import sys
from streamflix_cli import main

def app(**_):
    raise LookupError("there is no such thing")

main.app = app
sys.argv = ["streamflix", *sys.argv[1:]]
main.run()
"""


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["config", "schema"], ["config", "schema", "--json"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_result_that_cannot_be_written_is_an_error(arguments: list[str], unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with FULL.open("w") as stdout:
        done = subprocess.run(
            [PROGRAM, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error [OUTPUT_FAILED] The result could not be written: No space left on device.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_hears_no_complaint(unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    process = subprocess.Popen(
        [PROGRAM, "config", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_fault_of_the_program_is_told_as_one(options: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", FAULTY, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    if options:
        error = json.loads(done.stdout)["error"]
        assert error["code"] == "INTERNAL"
        assert error["message"] == "LookupError: there is no such thing"
        assert "report it" in error["hint"]
    else:
        assert done.stdout == ""
        assert "error [INTERNAL] LookupError: there is no such thing" in done.stderr
