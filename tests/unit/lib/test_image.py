"""Image references."""

import pytest

from lib.image import default_image, repository_arn
from lib.place import Place


def test_the_default_is_the_accounts_own_repository(place: Place) -> None:
    assert default_image(place) == "123456789012.dkr.ecr.us-east-1.amazonaws.com/streamflix/worker:latest"


@pytest.mark.parametrize("version", [":1.2", "@sha256:" + "a" * 64, ""])
def test_an_ecr_reference_names_its_repository(version: str) -> None:
    image = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/streamflix/worker" + version
    assert repository_arn(image) == "arn:aws:ecr:eu-west-1:999999999999:repository/streamflix/worker"


@pytest.mark.parametrize("image", ["registry.example/worker:1", "worker", "public.ecr.aws/x/worker:1"])
def test_another_registry_has_no_repository_here(image: str) -> None:
    assert repository_arn(image) is None
