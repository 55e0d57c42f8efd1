"""What ties a part of the local cloud to its supervisor."""

import os
import threading
from collections.abc import Callable


def end_with_supervisor(first: Callable[[], None] = lambda: None) -> None:
    """Ends this process as soon as its standard input closes, which the supervisor holds open.

    Args:
        first: What must not outlive the process, and is ended before it; called in another thread.
    """

    def wait() -> None:
        # Not through `sys.stdin`: its buffer is locked while it waits, and the interpreter wants it to exit.
        while os.read(0, 1024):
            pass
        try:
            first()
        finally:
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
