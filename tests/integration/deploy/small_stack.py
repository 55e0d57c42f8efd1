"""A stack of a few resources, and the `streamflix` program deploying it instead of the pipeline.

`python -m tests.integration.deploy.small_stack deploy --env pr1 …`
"""

from lib.cdk import (
    App,
    AwsProvider,
    KinesisStream,
    S3Backend,
    S3Bucket,
    SnsTopic,
    SqsQueue,
    TerraformOutput,
    TerraformStack,
)
from lib.naming import Naming
from lib.profile import Profile
from lib.tags import common_tags, data_class
from streamflix_cli import main
from streamflix_cli.deploy import synth
from streamflix_cli.deploy.workspace import STACK


def build(app: App, profile: Profile, suffix: str) -> TerraformStack:
    """A bucket, a topic, and a queue and a stream, whose creation takes the provider some 25 s each."""
    stack = TerraformStack(app, STACK)
    naming = Naming(suffix)
    AwsProvider(stack, "aws", region=profile.aws.region, s3_use_path_style=True, max_retries=2)
    if profile.state.backend == "s3":
        S3Backend(
            stack, bucket=str(profile.state.bucket), key=f"streamflix/{suffix}/terraform.tfstate", region="us-east-1"
        )
        stack.add_override("terraform.backend.s3.use_lockfile", True)
    tags = {**common_tags(profile, suffix=suffix, region=profile.aws.region), **data_class("internal")}
    S3Bucket(stack, "raw", bucket=naming.bucket("raw-bucket", "123456789012"), force_destroy=True, tags=tags)
    queue = SqsQueue(
        stack,
        "jobs",
        name=naming.of("video-jobs-queue"),
        visibility_timeout_seconds=profile.processing.lease_seconds,
        tags=tags,
    )
    SnsTopic(stack, "events", name=naming.of("video-events-topic"), tags=tags)
    KinesisStream(
        stack, "stream", name=naming.of("kinesis-stream"), shard_count=profile.ingest.shard_count or 1, tags=tags
    )
    TerraformOutput(stack, "jobs_queue_url", value=queue.url)
    TerraformOutput(stack, "protected", value=str(profile.environment.protected).lower())
    return stack


if __name__ == "__main__":
    synth.build_stack = build
    main.run()
