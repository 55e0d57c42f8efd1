"""The proof after a destroy: no service knows a resource of the environment, by tag or by derived name."""

from streamflix_cli.deploy.sweep.delete import delete_leftovers, detach_policy, stop_tasks
from streamflix_cli.deploy.sweep.find import find_leftovers, look_again
from streamflix_cli.deploy.sweep.leftover import Leftover

__all__ = ["Leftover", "delete_leftovers", "detach_policy", "find_leftovers", "look_again", "stop_tasks"]
