"""What reaches the two streams."""

import subprocess
import sys


def test_an_arn_is_printed_as_it_is() -> None:
    program = "from streamflix_cli.ui.output import Output; Output(as_json=False).note('arn:aws:s3:::x:secret:y [z]')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "arn:aws:s3:::x:secret:y [z]\n"
