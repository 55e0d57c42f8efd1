"""Programs that may use only so much."""

import resource
import subprocess
import sys

MEBIBYTE = 1024 * 1024


def run_limited(program: str, *, cpu_seconds: int, memory_mib: int, given: bytes = b"") -> str:
    """Runs Python code in a process of its own that is ended when it uses more; returns what it wrote.

    CPU time and not the clock, so that a busy machine does not fail it.

    Args:
        program: The code.
        cpu_seconds: Of all its threads.
        memory_mib: Of data, the interpreter's included.
        given: Its standard input.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * MEBIBYTE, memory_mib * MEBIBYTE))

    done = subprocess.run(
        [sys.executable, "-c", program], input=given, capture_output=True, check=False, preexec_fn=limit
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr.decode()[-2000:]}"
    return done.stdout.decode()
