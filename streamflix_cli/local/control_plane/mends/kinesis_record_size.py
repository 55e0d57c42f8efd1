"""`PutRecord` takes records of any size; Kinesis refuses more than 1 MiB of data and partition key.

`PutRecords` checks already. The limit is a stream's default (Kinesis API reference, PutRecord).
"""

from base64 import b64decode

from moto.core.exceptions import JsonRESTError
from moto.kinesis.models import KinesisBackend

from streamflix_cli.local.control_plane.patch import Method, wrap

LARGEST_RECORD_BYTES = 1024 * 1024


def _check_size(put: Method) -> Method:
    def put_record(
        self: KinesisBackend,
        stream_arn: str,
        stream_name: str,
        partition_key: str,
        explicit_hash_key: str,
        data: str,
    ) -> tuple[str, str]:
        if len(b64decode(data)) + len(partition_key.encode()) > LARGEST_RECORD_BYTES:
            raise JsonRESTError(
                "ValidationException",
                "1 validation error detected: Value at 'data' failed to satisfy constraint: "
                f"Member must have length less than or equal to {LARGEST_RECORD_BYTES}",
            )
        answer: tuple[str, str] = put(self, stream_arn, stream_name, partition_key, explicit_hash_key, data)
        return answer

    return put_record


def apply() -> None:
    """Refuses a record that Kinesis would refuse."""
    wrap(KinesisBackend, "put_record", _check_size)
