from typing import Any

MIB = 1024 * 1024


def test_a_read_returns_at_most_ten_mib_and_the_next_one_goes_on(clients: Any) -> None:
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName="large", ShardCount=1)
    for _ in range(12):
        kinesis.put_record(StreamName="large", PartitionKey="k", Data=bytes(MIB - 1))
    iterator = kinesis.get_shard_iterator(
        StreamName="large", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    first = kinesis.get_records(ShardIterator=iterator)
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert [len(answer["Records"]) for answer in (first, second)] == [10, 2]
    numbers = [record["SequenceNumber"] for answer in (first, second) for record in answer["Records"]]
    assert numbers == [str(number) for number in range(1, 13)]
