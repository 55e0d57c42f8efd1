from concurrent.futures import ThreadPoolExecutor
from typing import Any

PRODUCERS, CALLS, RECORDS = 4, 3, 500


def test_producers_at_once_lose_no_record(clients: Any) -> None:
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName="busy", ShardCount=1)
    records = [{"Data": b"x", "PartitionKey": "k"}] * RECORDS

    def put(_: int) -> list[str]:
        return [
            record["SequenceNumber"]
            for _ in range(CALLS)
            for record in kinesis.put_records(StreamName="busy", Records=records)["Records"]
        ]

    with ThreadPoolExecutor(PRODUCERS) as pool:
        numbers = [number for some in pool.map(put, range(PRODUCERS)) for number in some]
    assert len(set(numbers)) == PRODUCERS * CALLS * RECORDS
