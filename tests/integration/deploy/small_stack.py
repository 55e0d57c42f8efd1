"""A stack of a few resources, and the `streamflix` program deploying it instead of the pipeline.

`python -m tests.integration.deploy.small_stack deploy --env pr1 …`
"""

from lib.cdk import (
    App,
    AwsProvider,
    AwsProviderDefaultTags,
    DataAwsCallerIdentity,
    KinesisStream,
    S3Backend,
    S3Bucket,
    SnsTopic,
    SqsQueue,
    TerraformOutput,
    TerraformStack,
)
from lib.encryption import Encryption
from lib.naming import Naming
from lib.network import Network
from lib.place import Place
from lib.profile import Profile
from lib.secrets import KEY_LENGTH, GeneratedSecret
from lib.tags import common_tags, data_class
from streamflix_cli import main
from streamflix_cli.deploy import synth
from streamflix_cli.deploy.workspace import STACK

WIDE = "{ephemeral: true, tags: {Stack: wide}}"
"""The profile's `environment` with which the stack has a network, a key and a secret as well."""


def build(app: App, profile: Profile, suffix: str) -> TerraformStack:
    """A bucket, a topic, and a queue and a stream, whose creation takes the provider some 25 s each."""
    stack = TerraformStack(app, STACK)
    naming = Naming(suffix)
    common = common_tags(profile, suffix=suffix, region=profile.aws.region)
    AwsProvider(
        stack,
        "aws",
        region=profile.aws.region,
        default_tags=[AwsProviderDefaultTags(tags=common)],
        s3_use_path_style=True,
        max_retries=2,
    )
    if profile.state.backend == "s3":
        S3Backend(
            stack, bucket=str(profile.state.bucket), key=f"streamflix/{suffix}/terraform.tfstate", region="us-east-1"
        )
        stack.add_override("terraform.backend.s3.use_lockfile", True)
    tags = data_class("internal")
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
    if profile.environment.tags.get("Stack") == "wide":
        _widen(stack, profile, naming)
    return stack


def _widen(stack: TerraformStack, profile: Profile, naming: Naming) -> None:
    place = Place(account_id=DataAwsCallerIdentity(stack, "caller").account_id, region=profile.aws.region)
    encryption = Encryption(stack, "encryption", naming=naming, place=place)
    Network(
        stack,
        "network",
        naming=naming,
        place=place,
        settings=profile.network,
        database_port=profile.database.port,
        encryption=encryption,
        log_retention_days=1,
    )
    GeneratedSecret(
        stack,
        "audit-key",
        name=naming.of("audit-key"),
        description="Seals",
        encryption=encryption,
        length=KEY_LENGTH,
    )


if __name__ == "__main__":
    synth.build_stack = build
    main.run()
