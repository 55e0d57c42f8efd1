"""Node.js, which runs cdktf-cli and jsii."""

from pathlib import Path

from streamflix_cli import npm


def find_node() -> Path:
    """Returns the path of `node`.

    Raises:
        StreamflixError: `NODE_MISSING`.
    """
    return npm.find_node("deploy")
