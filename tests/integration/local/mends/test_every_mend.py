from pathlib import Path

from streamflix_cli.local.control_plane import mends


def test_every_mend_has_a_test_file_and_every_test_file_a_mend() -> None:
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert tests - {"every_mend"} == set(mends.names())
