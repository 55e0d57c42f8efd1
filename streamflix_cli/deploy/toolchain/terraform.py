"""The Terraform on this machine."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from streamflix_cli.errors import StreamflixError

MINIMUM = (1, 11)
"""Write-only arguments, by which no secret enters the state, came with 1.11."""
GET_IT = (
    "Install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), put it on PATH or name it "
    "in TERRAFORM_BINARY_NAME, then run the same command again."
)


def find_terraform() -> Path:
    """Returns the path of the `terraform` to use: `TERRAFORM_BINARY_NAME`, else the one on PATH.

    Raises:
        StreamflixError: `TERRAFORM_MISSING` or `TERRAFORM_TOO_OLD`.
    """
    name = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    found = shutil.which(name)
    if found is None:
        raise StreamflixError("TERRAFORM_MISSING", f"There is no `{name}` on PATH.", hint=GET_IT)
    version = _version(found)
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < MINIMUM:
        raise StreamflixError("TERRAFORM_TOO_OLD", f"{found} is Terraform {version}.", hint=GET_IT)
    return Path(found).absolute()


def _version(terraform: str) -> str:
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    try:
        done = subprocess.run(
            [terraform, "version", "-json"], env=environment, capture_output=True, timeout=60, check=True
        )
        return str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise StreamflixError(
            "TERRAFORM_MISSING", f"{terraform} does not answer `version -json` as Terraform does: {error}.", hint=GET_IT
        ) from error
