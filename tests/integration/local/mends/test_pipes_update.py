from typing import Any

STREAM = "arn:aws:kinesis:eu-west-1:123456789012:stream/s"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"
ROLE = "arn:aws:iam::123456789012:role/pipe"


def test_an_updated_pipe_keeps_its_starting_position(clients: Any) -> None:
    pipes = clients("pipes")
    kinesis = {"BatchSize": 10, "MaximumRetryAttempts": 5}
    pipes.create_pipe(
        Name="p",
        Source=STREAM,
        Target=QUEUE,
        RoleArn=ROLE,
        SourceParameters={"KinesisStreamParameters": {**kinesis, "StartingPosition": "TRIM_HORIZON"}},
    )
    changed = {**kinesis, "BatchSize": 5}
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters={"KinesisStreamParameters": changed})
    parameters = pipes.describe_pipe(Name="p")["SourceParameters"]["KinesisStreamParameters"]
    assert parameters == {**changed, "StartingPosition": "TRIM_HORIZON"}
