"""Records that are put at the same moment get the same sequence number, and all but one of them are lost.

A read at that moment fails.
"""

from threading import Lock
from typing import Any

from moto.kinesis.models import Shard

from streamflix_cli.local.control_plane.patch import Method, wrap

_lock = Lock()


def _one_at_a_time(call: Method) -> Method:
    def call_alone(self: Shard, *args: Any, **keywords: Any) -> Any:
        with _lock:
            return call(self, *args, **keywords)

    return call_alone


def _newest(self: Shard) -> int:
    return next(reversed(self.records), 0)


def apply() -> None:
    """Numbers records one at a time, without counting all of them for each."""
    wrap(Shard, "put_record", _one_at_a_time)
    wrap(Shard, "get_records", _one_at_a_time)
    Shard.get_max_sequence_number = _newest  # type: ignore[method-assign]
