"""What cdktf and Terraform print becomes typed events. The transcripts are what real runs printed."""

from pathlib import Path

from streamflix_cli.deploy.events import Completed, Diagnosed, Event, Finished, Parser, Started, StillRunning

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def events_of(text: str) -> list[Event]:
    parser = Parser()
    found = [event for line in text.splitlines() for event in parser.feed(line)]
    return found + parser.close()


def transcript(name: str) -> list[Event]:
    return events_of((TRANSCRIPTS / f"{name}.txt").read_text())


def test_a_deploy_starts_waits_for_and_finishes_each_resource_and_counts_them() -> None:
    events = transcript("deployed")
    started = {event.address for event in events if isinstance(event, Started)}
    assert started == {"aws_s3_bucket.b", "aws_sqs_queue.q", "aws_sns_topic.t", "aws_kinesis_stream.k"}
    assert {event.address for event in events if isinstance(event, Finished)} == started
    assert StillRunning("aws_sqs_queue.q", "create", "20s") in events
    assert Finished("aws_sqs_queue.q", "create", "25s") in events
    assert events[-1] == Completed(added=4, changed=0, destroyed=0)


def test_a_destroy_is_followed_although_its_lines_carry_ids() -> None:
    events = transcript("destroyed")
    assert sum(isinstance(event, Started) for event in events) == 4
    assert StillRunning("aws_kinesis_stream.k", "delete", "10s") in events
    assert Finished("aws_kinesis_stream.k", "delete", "10s") in events
    assert events[-1] == Completed(added=0, changed=0, destroyed=4)


def test_each_error_of_an_interrupted_deploy_is_whole_and_knows_its_resource() -> None:
    errors = [event for event in transcript("interrupted") if isinstance(event, Diagnosed)]
    assert [error.address for error in errors if error.text != "execution halted"] == [
        "aws_kinesis_stream.k",
        "aws_sqs_queue.q",
    ]
    assert errors[-1].text.startswith("waiting for SQS Queue")
    assert "in resource.aws_sqs_queue.q (q):" in errors[-1].text
    assert "Invoking Terraform" not in errors[-1].text


def test_an_error_at_plan_time_is_told_once() -> None:
    (error,) = [event for event in transcript("invalid") if isinstance(event, Diagnosed)]
    assert error.text.splitlines()[0] == "invalid queue name: bad.name-t"
    assert error.address == "aws_sqs_queue.bad"


def test_an_error_keeps_its_paragraphs_and_ends_at_the_next_one() -> None:
    errors = events_of(
        "tap  ╷\n     │ Error: Error acquiring the state lock\n     │\n"
        "     │ Lock Info:\n     │   ID: 7\n     │\n     │ Wait.\n     ╵\n"
        "tap  Error: second\n"
    )
    assert [error.text for error in errors if isinstance(error, Diagnosed)] == [
        "Error acquiring the state lock\n\nLock Info:\n  ID: 7\n\nWait.",
        "second",
    ]


def test_progress_beside_an_open_error_is_not_swallowed() -> None:
    events = events_of("tap  Error: broken\n     aws_sns_topic.t (t): Creation complete after 1m2s [id=x]")
    assert events == [Diagnosed("broken", None), Finished("aws_sns_topic.t", "create", "1m2s")]


def test_indexed_addresses_and_changes_in_place_are_understood() -> None:
    events = events_of(
        'tap  aws_subnet.a["x"] (a): Modifying... [id=subnet-1]\n'
        'tap  aws_subnet.a["x"] (a): Still modifying... [id=subnet-1, 10s elapsed]\n'
        'tap  aws_subnet.a["x"] (a): Modifications complete after 12s [id=subnet-1]\n'
        "tap  Apply complete! Resources: 0 added, 1 changed, 0 destroyed.\n"
    )
    assert events == [
        Started('aws_subnet.a["x"]', "update"),
        StillRunning('aws_subnet.a["x"]', "update", "10s"),
        Finished('aws_subnet.a["x"]', "update", "12s"),
        Completed(0, 1, 0),
    ]


def test_what_a_plan_shows_of_the_configuration_is_no_event() -> None:
    assert (
        events_of('       + policy = jsonencode({\n           + "Creating" = "Error"\n     Plan: 4 to add, 0 to change')
        == []
    )
