"""A stderr that may vanish."""

import sys
from typing import Any


class VanishingStderr:
    """stderr, which goes quiet when its terminal is closed or the reader of its pipe is gone.

    Rich would end the program on a broken pipe, in the middle of a deploy.
    """

    def __init__(self) -> None:
        self._gone = False

    def write(self, text: str) -> int:
        """Writes, if anybody still reads."""
        if not self._gone:
            try:
                return sys.stderr.write(text)
            except (OSError, ValueError):
                self._gone = True
        return len(text)

    def flush(self) -> None:
        """Flushes, if anybody still reads."""
        if not self._gone:
            try:
                sys.stderr.flush()
            except (OSError, ValueError):
                self._gone = True

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)
