"""The programs that the benchmarks time, one a process: `python -m tests.bench.programs NAME`."""

import importlib
import importlib.util
import sys
import tempfile
from pathlib import Path

PROVIDER = "cdktf_cdktf_provider_aws"


def floor() -> None:
    """What no synthesis can avoid: start node, load CDKTF's and the provider's jsii assemblies."""
    spec = importlib.util.find_spec(PROVIDER)
    assert spec is not None
    sys.modules[PROVIDER] = importlib.util.module_from_spec(spec)  # the package without its 2,130 imports
    importlib.import_module("cdktf")
    importlib.import_module(f"{PROVIDER}._jsii")


def synth(environments: int = 1) -> None:
    """Builds and synthesizes the full stack for a number of environments."""
    from lib.cdk import App  # noqa: PLC0415
    from lib.tap_stack import TapStack  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as out:
        app = App(outdir=out)
        for number in range(environments):
            TapStack(app, f"bench{number}", environment_suffix=f"bench{number}")
        app.synth()


def synth_ten() -> None:
    """The same for ten environments."""
    synth(10)


def synth_plain() -> None:
    """The same for one, after importing the provider as its documentation does."""
    importlib.import_module(PROVIDER)
    synth()


def app_plain() -> None:
    """An ordinary CDKTF app, as `cdktf diff` starts it: PROJECT SUFFIX."""
    importlib.import_module(PROVIDER)
    from lib.cdk import App  # noqa: PLC0415
    from lib.tap_stack import TapStack  # noqa: PLC0415
    from streamflix_cli.deploy.run import where  # noqa: PLC0415
    from streamflix_cli.profiles.selection import select  # noqa: PLC0415

    project, suffix = sys.argv[2:]
    profile = where(select(suffix, root=Path(project)).profile, local=True)
    app = App()
    TapStack(app, suffix, profile=profile, environment_suffix=suffix)
    app.synth()


PROGRAMS = {
    "floor": floor,
    "synth": synth,
    "synth-ten": synth_ten,
    "synth-plain": synth_plain,
    "app-plain": app_plain,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
