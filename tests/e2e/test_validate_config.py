"""`streamflix validate-config` as it is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

STREAMFLIX = Path(sys.executable).parent / "streamflix"
ROOT = Path(__file__).parents[2]
HEAVY = {"cdktf", "constructs", "jsii", "boto3", "botocore", "moto", "jinja2", "flask", "psutil", "rich", "asyncio"}


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [STREAMFLIX, *arguments], cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/dev.yaml").write_text(
        "aws: {endpoint: local}\nprocessing:\n  cpu: 256\n  memory: 5000\n", encoding="utf-8"
    )
    return tmp_path


def test_the_shipped_profiles_pass() -> None:
    done = run(ROOT, "validate-config")
    assert (done.returncode, done.stdout, done.stderr) == (0, "6 profiles valid.\n", "")


def test_a_wrong_size_is_shown_with_place_rule_caret_and_allowed_values(project: Path) -> None:
    done = run(project, "validate-config", "configs/dev.yaml")
    assert done.returncode == 2
    head, source, caret, *_ = done.stdout.splitlines()
    assert head.startswith("configs/dev.yaml:4:11: error SFX317: ")
    assert "512, 1024, 2048" in head
    assert source.endswith("  memory: 5000")
    assert caret.rindex("^") - caret.index("^") == 3
    assert caret.index("^") == source.index("5000")
    assert "1 error in 1 profile." in done.stderr
    assert "next:" in done.stderr


def test_the_envelope_tells_files_and_diagnostics(project: Path) -> None:
    for flags in (["--json"], ["--format", "json"]):
        done = run(project, "validate-config", *flags)
        answer = json.loads(done.stdout)
        assert (done.returncode, done.stderr, answer["ok"]) == (2, "", False)
        assert answer["error"]["code"] == "INVALID_PROFILE"
        assert answer["data"]["files"] == ["configs/dev.yaml"]
        (one,) = answer["data"]["diagnostics"]
        assert {key: one[key] for key in ("rule", "severity", "file", "line", "column")} == {
            "rule": "SFX317",
            "severity": "error",
            "file": "configs/dev.yaml",
            "line": 4,
            "column": 11,
        }


def test_valid_profiles_make_an_envelope_too() -> None:
    answer = json.loads(run(ROOT, "validate-config", "--json").stdout)
    assert answer["ok"] is True
    assert len(answer["data"]["files"]) == 6
    assert answer["data"]["diagnostics"] == []


def test_github_gets_annotations(project: Path) -> None:
    (project / "configs/dev.yaml").write_text("aws: {endpoint: local}\nstate: {bakend: local}\n", encoding="utf-8")
    done = run(project, "validate-config", "--format", "github")
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == (
        "::error file=configs/dev.yaml,line=2,col=9,title=SFX201::Unknown key `bakend`. Did you mean `backend`?"
    )


def test_a_warning_alone_leaves_the_exit_code_0(project: Path) -> None:
    (project / "configs/dev.yaml").write_text("aws: {region: us-east-1}\n", encoding="utf-8")
    done = run(project, "validate-config")
    assert done.returncode == 0
    assert "configs/dev.yaml:1:15: warning SFX330: " in done.stdout
    assert done.stdout.endswith("1 warning in 1 profile.\n")


def test_a_file_anywhere_can_be_named(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = run(elsewhere, "validate-config", str(project / "configs/dev.yaml"))
    assert done.returncode == 2
    assert done.stdout.startswith(f"{project}/configs/dev.yaml:4:11: error SFX317")


def test_outside_a_project_the_next_step_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "validate-config")
    assert done.returncode == 2
    assert "PROJECT_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_profiles_is_not_called_valid(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    done = run(tmp_path, "validate-config", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "PROJECT_NOT_FOUND"


def test_nothing_heavy_is_imported() -> None:
    program = (
        "import sys\n"
        "from streamflix_cli.main import run\n"
        "sys.argv = ['streamflix', 'validate-config']\n"
        "try:\n    run()\n"
        "finally:\n    print(*sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert {"typer", "yaml", "pydantic"} <= loaded
    assert loaded & HEAVY == set()
    assert not [name for name in done.stdout.split() if name.startswith(("lib.cdk", "streamflix_cli.deploy"))]
