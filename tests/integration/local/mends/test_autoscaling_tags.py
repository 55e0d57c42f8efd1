from typing import Any

import pytest

TARGET = {"ServiceNamespace": "dynamodb", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"}


@pytest.fixture
def target(clients: Any) -> tuple[Any, str]:
    autoscaling = clients("application-autoscaling")
    answer = autoscaling.register_scalable_target(
        **TARGET, ResourceId="table/t", MinCapacity=1, MaxCapacity=2, Tags={"Project": "streamflix"}
    )
    return autoscaling, answer["ScalableTargetARN"]


def test_tags_given_at_registration_are_listed(target: tuple[Any, str]) -> None:
    autoscaling, arn = target
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"]["Project"] == "streamflix"


def test_tags_are_added_and_taken_away(target: tuple[Any, str]) -> None:
    autoscaling, arn = target
    autoscaling.tag_resource(ResourceARN=arn, Tags={"Owner": "media", "Old": "yes"})
    autoscaling.untag_resource(ResourceARN=arn, TagKeys=["Old"])
    tags = autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tags["Owner"] == "media"
    assert "Old" not in tags


def test_an_unknown_target_is_an_error(target: tuple[Any, str]) -> None:
    autoscaling, arn = target
    with pytest.raises(autoscaling.exceptions.ResourceNotFoundException):
        autoscaling.list_tags_for_resource(ResourceARN=f"{arn}x")
