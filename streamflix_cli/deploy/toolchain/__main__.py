"""`python -m streamflix_cli.deploy.toolchain`: checks Terraform and installs cdktf-cli ahead of the first deploy."""

import sys

from streamflix_cli.deploy.toolchain import find_toolchain
from streamflix_cli.errors import StreamflixError
from streamflix_cli.ui.output import show_error

try:
    find_toolchain()
except StreamflixError as error:
    show_error(error, as_json=False)
    sys.exit(error.exit_code)
