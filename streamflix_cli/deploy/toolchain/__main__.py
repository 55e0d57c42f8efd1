"""`python -m streamflix_cli.deploy.toolchain`: installs what can be installed ahead of the first deploy."""

import sys

from streamflix_cli.deploy.toolchain import install_cdktf
from streamflix_cli.errors import StreamflixError
from streamflix_cli.ui.output import show_error

try:
    install_cdktf()
except StreamflixError as error:
    show_error(error, as_json=False)
    sys.exit(error.exit_code)
