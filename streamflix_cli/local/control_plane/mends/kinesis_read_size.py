"""`GetRecords` answers with any amount of data; Kinesis returns at most 10 MB a call (API reference, GetRecords)."""

from base64 import b64decode

from moto.kinesis.models import Record, Shard

from streamflix_cli.local.control_plane.patch import Method, wrap

LARGEST_ANSWER_BYTES = 10 * 1024 * 1024


def _up_to_the_limit(get: Method) -> Method:
    def get_records(self: Shard, last_sequence_id: str, limit: int | None) -> tuple[list[Record], int, int]:
        records, last, behind = get(self, last_sequence_id, limit)
        size = 0
        for count, record in enumerate(records):
            size += len(b64decode(record.data))
            if size > LARGEST_ANSWER_BYTES and count:
                newest = self.records[self.get_max_sequence_number()]
                returned = records[:count]
                behind = int((newest.created_at - returned[-1].created_at) * 1000)
                return returned, returned[-1].sequence_number, behind
        return records, last, behind

    return get_records


def apply() -> None:
    """Ends an answer before it gets too large."""
    wrap(Shard, "get_records", _up_to_the_limit)
