"""The checks on AWS before a deploy, against moto's ECR and S3."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from lib.profile import Profile
from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.deploy.guards import check_image, check_state_bucket
from streamflix_cli.deploy.run import open_run
from streamflix_cli.errors import StreamflixError

ACCOUNT = "123456789012"
REGION = "eu-central-1"
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/streamflix/worker"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 7,
        "digest": "sha256:" + 64 * "1",
    },
    "layers": [],
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An account whose pipeline is in another region than its images."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Cloud("aws", "us-east-1", ACCOUNT)


@pytest.fixture
def digest(cloud: Cloud) -> str:
    """Digest of the image `1.0` that was pushed."""
    ecr = boto3.client("ecr", region_name=REGION)
    ecr.create_repository(repositoryName="streamflix/worker")
    pushed = ecr.put_image(repositoryName="streamflix/worker", imageManifest=json.dumps(MANIFEST), imageTag="1.0")
    return str(pushed["image"]["imageId"]["imageDigest"])


def test_an_image_that_was_pushed_is_found_by_digest_and_by_tag(cloud: Cloud, digest: str) -> None:
    check_image(cloud, f"{REPOSITORY}@{digest}")
    check_image(cloud, f"{REPOSITORY}:1.0")


@pytest.mark.parametrize("reference", [f"@sha256:{64 * '0'}", ":1.1", "", "/other:1.0"])
@pytest.mark.usefixtures("digest")
def test_another_image_is_missing(cloud: Cloud, reference: str) -> None:
    with pytest.raises(StreamflixError, match="is not there") as caught:
        check_image(cloud, REPOSITORY + reference)
    assert caught.value.code == "IMAGE_MISSING"
    assert REPOSITORY + reference in caught.value.message


def test_no_tag_means_latest(cloud: Cloud, digest: str) -> None:
    boto3.client("ecr", region_name=REGION).put_image(
        repositoryName="streamflix/worker", imageManifest=json.dumps(MANIFEST), imageTag="latest"
    )
    check_image(cloud, REPOSITORY)


def test_an_image_that_may_not_be_looked_up_is_not_called_missing(
    cloud: Cloud, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="maria")
    key = iam.create_access_key(UserName="maria")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    check_as_maria = set_initial_no_auth_action_count(0)(check_image)
    with pytest.raises(StreamflixError, match="cannot be looked up") as caught:
        check_as_maria(cloud, f"{REPOSITORY}@{digest}")
    assert "ecr:DescribeImages" in caught.value.hint


def test_the_state_bucket_must_be_there(cloud: Cloud) -> None:
    with pytest.raises(StreamflixError, match="does not exist") as caught:
        check_state_bucket(cloud, "streamflix-state", REGION)
    assert caught.value.code == "STATE_BUCKET_MISSING"
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="streamflix-state")
    check_state_bucket(cloud, "streamflix-state", "us-east-1")


def test_an_image_of_another_registry_is_taken_on_trust(cloud: Cloud) -> None:
    check_image(cloud, "registry.example/worker:1")


def test_a_profile_without_an_image_is_refused(cloud: Cloud) -> None:
    with pytest.raises(StreamflixError, match="names no container image"):
        check_image(cloud, None)


def test_a_network_that_is_lost_after_the_start_is_an_error_with_a_next_step(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    profile = Profile.model_validate({"state": {"backend": "s3", "bucket": "streamflix-state"}})
    with (
        pytest.raises(StreamflixError) as caught,
        open_run(root=tmp_path, suffix="t", profile=profile, local=False, say=print, warn=print),
    ):
        pass
    assert caught.value.code == "AWS_UNREACHABLE"
