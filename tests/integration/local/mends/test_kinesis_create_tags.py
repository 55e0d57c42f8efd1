from typing import Any


def test_a_stream_has_the_tags_it_was_made_with(clients: Any) -> None:
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName="tagged", ShardCount=1, Tags={"Project": "streamflix"})
    assert kinesis.list_tags_for_stream(StreamName="tagged")["Tags"] == [{"Key": "Project", "Value": "streamflix"}]
