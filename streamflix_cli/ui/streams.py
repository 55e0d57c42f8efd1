"""A stderr that may vanish."""

import sys


class VanishingStderr:
    """stderr, which goes quiet when its terminal is closed or the reader of its pipe is gone.

    Rich would end the program, in the middle of a deploy.
    """

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._gone = False

    @property
    def encoding(self) -> str:
        """Of the stream."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """Writes, if anybody still reads."""
        if not self._gone:
            try:
                return self._stream.write(text)
            except (OSError, ValueError):
                self._gone = True
        return len(text)

    def flush(self) -> None:
        """Flushes, if anybody still reads."""
        if not self._gone:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._gone = True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Its descriptor."""
        return self._stream.fileno()
