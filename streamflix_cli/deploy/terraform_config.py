"""Terraform's CLI configuration for a run: where the AWS provider is installed from."""

import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from streamflix_cli.errors import StreamflixError

PROVIDER = "hashicorp/aws"
PROVIDER_VERSION = "5.100.0"
"""What the bindings `cdktf-cdktf-provider-aws` 20.1.0 were generated from."""
MIRROR_SETTING = "STREAMFLIX_PROVIDER_MIRROR"
PACKAGES = Path("/opt")
"""Add-on software packages (Filesystem Hierarchy Standard): CI images unpack a mirror into a folder there."""
GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def cli_configuration(path: Path) -> Path:
    """Returns the CLI configuration to hand to Terraform in `TF_CLI_CONFIG_FILE`.

    An explicit setting comes first: `STREAMFLIX_PROVIDER_MIRROR` (a folder), then an existing file in
    `TF_CLI_CONFIG_FILE` or `~/.terraformrc`. Otherwise a configuration is written to `path` that names the
    folder with the layout of a filesystem mirror which holds the provider, searched among Terraform's implied
    mirrors and the folders directly under `/opt`. Where there is none, Terraform downloads.

    Raises:
        StreamflixError: `PROVIDER_MIRROR_UNUSABLE` if the explicit mirror does not hold the provider.
    """
    setting = os.environ.get(MIRROR_SETTING)
    if setting:
        source = _source_in(Path(setting))
        if source is None:
            raise StreamflixError(
                "PROVIDER_MIRROR_UNUSABLE",
                f"{MIRROR_SETTING}={setting} does not hold {PROVIDER} {PROVIDER_VERSION} for {_platform()}.",
                hint=f"Fill it: `terraform providers mirror -platform={_platform()} {setting}`; or unset the variable.",
            )
        return _write(path, Path(setting), source)
    for existing in (os.environ.get("TF_CLI_CONFIG_FILE"), "~/.terraformrc"):
        if existing and Path(existing).expanduser().is_file():
            return Path(existing).expanduser().absolute()
    for mirror in _candidates():
        source = _source_in(mirror)
        if source is not None:
            return _write(path, mirror, source)
    path.write_text("provider_installation {\n  direct {}\n}\n")
    return path


def _candidates() -> Iterator[Path]:
    """Terraform's implied local mirrors (CLI configuration, "Implied Local Mirror Directories"), then `/opt`."""
    home = Path.home()
    data = [os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
    data += (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    yield home / ".terraform.d" / "plugins"
    for folder in data:
        yield Path(folder) / "terraform" / "plugins"
    yield from sorted(folder for folder in PACKAGES.glob("*") if folder.is_dir())


def _source_in(mirror: Path) -> str | None:
    """Returns the provider's source address (`HOST/hashicorp/aws`) if a mirror holds it, packed or unpacked."""
    packed = f"terraform-provider-aws_{PROVIDER_VERSION}_{_platform()}.zip"
    for layout in (f"*/{PROVIDER}/{PROVIDER_VERSION}/{_platform()}", f"*/{PROVIDER}/{packed}"):
        for found in mirror.glob(layout):
            return f"{found.relative_to(mirror).parts[0]}/{PROVIDER}"
    return None


def _platform() -> str:
    """Terraform's name of this platform, as `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{GO_ARCHITECTURES.get(machine, machine)}"


def _write(path: Path, mirror: Path, source: str) -> Path:
    # The mirror answers for this one provider; everything else comes from its registry.
    path.write_text(
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror.absolute()))}\n"
        f"    include = [{json.dumps(source)}]\n  }}\n"
        f"  direct {{\n    exclude = [{json.dumps(source)}]\n  }}\n"
        "}\n"
    )
    return path
