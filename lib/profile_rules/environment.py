"""Rules about the environment itself, its account and its state."""

from collections.abc import Iterator

from lib.profile import Aws, Environment, Processing, State
from lib.profile_rules.registry import FieldPath, Violation, rule
from lib.tags import RESERVED_TAGS


@rule("SFX301")
def ephemeral_or_protected(environment: Environment) -> Iterator[Violation]:
    """An environment is ephemeral or protected, not both."""
    if environment.ephemeral and environment.protected:
        yield Violation(
            "`ephemeral` and `protected` exclude each other.",
            (("environment", "protected"), ("environment", "ephemeral")),
        )


@rule("SFX302")
def ttl_of_ephemeral(environment: Environment) -> Iterator[Violation]:
    """Only an ephemeral environment has a time to live."""
    if environment.ttl is not None and not environment.ephemeral:
        yield Violation(
            "`ttl` has a meaning only where `ephemeral` is true.",
            (("environment", "ttl"),),
            "Set `ephemeral: true`, or remove `ttl` (`ttl: null` where it is inherited).",
        )


TAG_CHARACTERS = frozenset(" +-=._:/@")
MAX_OWN_TAGS = 50 - len(RESERVED_TAGS)
"""AWS allows 50 tags a resource, keys of 128 and values of 256 characters (Tag naming limits)."""


@rule("SFX303")
def tags_fit(environment: Environment) -> Iterator[Violation]:
    """Tags keep AWS's limits, and leave the keys alone that the stack sets itself."""
    at: FieldPath = ("environment", "tags")
    if len(environment.tags) > MAX_OWN_TAGS:
        yield Violation(f"{len(environment.tags)} tags; the stack leaves room for {MAX_OWN_TAGS}.", (at,))
    seen = {key.lower(): key for key in RESERVED_TAGS}
    for key, value in environment.tags.items():
        where = ((*at, key),)
        if key.lower().startswith("aws:"):
            yield Violation(f"Tag key `{key}`: the prefix `aws:` is reserved.", where)
        elif (other := seen.get(key.lower())) in RESERVED_TAGS:
            yield Violation(f"Tag key `{key}`: the stack sets `{other}` itself.", where)
        elif other is not None:
            yield Violation(f"Tag key `{key}` differs from `{other}` in case only, which IAM refuses.", where)
        seen.setdefault(key.lower(), key)
        if not 1 <= len(key) <= 128 or len(value) > 256:
            yield Violation("A tag's key has 1 to 128 characters, its value up to 256.", where)
        if bad := sorted({c for c in key + value if not c.isalnum() and c not in TAG_CHARACTERS}):
            yield Violation(f"Characters that AWS refuses in tags: {' '.join(map(repr, bad))}.", where)


@rule("SFX304")
def owner_fits_a_tag(environment: Environment) -> Iterator[Violation]:
    """The owner becomes a tag's value."""
    if bad := sorted({c for c in environment.owner if not c.isalnum() and c not in TAG_CHARACTERS}):
        yield Violation(
            f"`owner` is written into a tag, which AWS refuses with: {' '.join(map(repr, bad))}.",
            (("environment", "owner"),),
        )


@rule("SFX305")
def protected_account(environment: Environment, aws: Aws) -> Iterator[Violation]:
    """A protected environment on AWS names the account it lives in."""
    if environment.protected and aws.endpoint == "aws" and aws.account_id is None:
        yield Violation(
            "A protected environment needs `aws.account_id`, so that no other account can be changed in its name.",
            (("aws", "account_id"), ("environment", "protected")),
        )


@rule("SFX306")
def protected_image(environment: Environment, processing: Processing) -> Iterator[Violation]:
    """A protected environment runs an image named by digest."""
    image = processing.image
    if environment.protected and (image is None or "@sha256:" not in image):
        yield Violation(
            "A protected environment needs `processing.image` by digest: a tag can be moved to another image.",
            (("processing", "image"), ("environment", "protected")),
            "Write NAME@sha256:DIGEST; `docker push` prints the digest.",
        )


@rule("SFX307")
def commercial_partition(aws: Aws) -> Iterator[Violation]:
    """The region lies in AWS's commercial partition, whose ARNs the stack writes."""
    if aws.region.startswith(("cn-", "us-gov-", "us-iso")):
        yield Violation(
            f"`{aws.region}` is not in the commercial partition (ARNs that begin with `arn:aws:`).",
            (("aws", "region"),),
        )


@rule("SFX308")
def s3_state_needs_bucket(state: State) -> Iterator[Violation]:
    """State in S3 needs a bucket; local state has none."""
    if state.backend == "s3" and state.bucket is None:
        yield Violation(
            "`backend: s3` needs `state.bucket`.",
            (("state", "bucket"), ("state", "backend")),
            "Create one, with versioning and encryption, and name it there.",
        )
    if state.backend == "local":
        for name in ("bucket", "region"):
            if getattr(state, name) is not None:
                yield Violation(
                    f"`state.{name}` has no effect with `backend: local`.",
                    (("state", name),),
                    "Set `backend: s3`, or remove it.",
                )


@rule("SFX309")
def bucket_name(state: State) -> Iterator[Violation]:
    """The state bucket's name follows S3's rules."""
    name = state.bucket
    if name is None:
        return
    if ".." in name or ".-" in name or "-." in name or all(part.isdigit() for part in name.split(".")):
        yield Violation(
            f"S3 refuses the bucket name `{name}`: periods stand between letters or digits, "
            "and it may not look like an address.",
            (("state", "bucket"),),
        )


@rule("SFX310")
def local_cloud_state(aws: Aws, state: State) -> Iterator[Violation]:
    """State in the local cloud's S3 is lost whenever the local cloud stops."""
    if aws.endpoint == "local" and state.backend == "s3":
        yield Violation(
            "`backend: s3` with `endpoint: local` keeps the state in the local cloud, which forgets it when it stops.",
            (("state", "backend"), ("aws", "endpoint")),
            "Use `backend: local`.",
            severity="warning",
        )
