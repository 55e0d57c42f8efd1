from typing import Any

import pytest

MIB = 1024 * 1024


def test_a_record_over_one_mib_is_refused(clients: Any) -> None:
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName="sizes", ShardCount=1)
    kinesis.put_record(StreamName="sizes", PartitionKey="key", Data=bytes(MIB - 3))
    with pytest.raises(kinesis.exceptions.ClientError, match="1048576"):
        kinesis.put_record(StreamName="sizes", PartitionKey="key", Data=bytes(MIB - 2))
