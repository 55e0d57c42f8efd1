"""What exists of an environment and its state does not know: adopted by the next deploy."""

from streamflix_cli.deploy.adoption.adopt import Adoption, adopt, clear
from streamflix_cli.deploy.adoption.existing import existing, unknown

__all__ = ["Adoption", "adopt", "clear", "existing", "unknown"]
