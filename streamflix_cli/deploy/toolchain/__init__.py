"""Terraform, Node.js and cdktf-cli: found, checked and, where it is ours, installed."""

from streamflix_cli.deploy.toolchain.cdktf_cli import install_cdktf
from streamflix_cli.deploy.toolchain.node import find_node
from streamflix_cli.deploy.toolchain.terraform import find_terraform
from streamflix_cli.deploy.toolchain.tools import Toolchain, find_toolchain

__all__ = ["Toolchain", "find_node", "find_terraform", "find_toolchain", "install_cdktf"]
