"""What is checked on AWS before anything is planned or applied."""

import re

from botocore.exceptions import ClientError

from streamflix_cli.deploy.cloud import Cloud
from streamflix_cli.errors import StreamflixError

_ECR_IMAGE = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^@:]+)"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>[\w.-]+))?$"
)


def check_state_bucket(cloud: Cloud, bucket: str, region: str) -> None:
    """Checks that the bucket of the S3 backend is there.

    Raises:
        StreamflixError: `STATE_BUCKET_MISSING`.
    """
    try:
        cloud.session().client("s3", region_name=region).head_bucket(Bucket=bucket)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        reason = "does not exist" if code in ("404", "NoSuchBucket") else f"cannot be used ({code})"
        raise StreamflixError(
            "STATE_BUCKET_MISSING",
            f"The state bucket {bucket} {reason}.",
            hint=f"Create it: `aws s3api create-bucket --bucket {bucket} --region {region}` and enable versioning; "
            "or correct `state.bucket` in the profile.",
        ) from error


def check_image(cloud: Cloud, image: str | None) -> None:
    """Checks that the worker's image is in its repository; images outside of ECR are taken on trust.

    Raises:
        StreamflixError: `IMAGE_MISSING`.
    """
    if image is None:
        raise StreamflixError(
            "IMAGE_MISSING",
            "The profile names no container image for the workers.",
            hint="Set `processing.image` to the image in your account's registry, by digest: NAME@sha256:…",
        )
    match = _ECR_IMAGE.match(image)
    if match is None:
        return
    wanted = {"imageDigest": match["digest"]} if match["digest"] else {"imageTag": match["tag"] or "latest"}
    try:
        cloud.session().client("ecr", region_name=match["region"]).describe_images(
            registryId=match["account"], repositoryName=match["repository"], imageIds=[wanted]
        )
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        reason = "is not there" if code.endswith("NotFoundException") else "cannot be looked up"
        raise StreamflixError(
            "IMAGE_MISSING",
            f"The image {image} {reason} ({code}); nothing was changed.",
            hint="Push it to that repository first, or correct `processing.image` in the profile; looking it up takes "
            "the permission ecr:DescribeImages.",
        ) from error
