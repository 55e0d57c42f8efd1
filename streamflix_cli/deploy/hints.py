"""The next step for the common errors of Terraform and the AWS provider."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    hint: str


def _rule(pattern: str, hint: str) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), hint)


_LOCK_HELD = "Error acquiring the state lock"
_RULES = (
    _rule(
        rf"{_LOCK_HELD}.*?Lock Info:.*?Who:\s+(?P<who>[^\n]+?)\s*\n.*?Created:\s+(?P<since>[^\n]+)",
        "Terraform's state is locked by {who} since {since}. Wait for that run; `streamflix unlock` with the same "
        "options shows whether it lives, and releases the lock of one that was killed.",
    ),
    _rule(
        r"ExpiredToken|token.{0,40}(?:has )?expired|sso session.{0,40}expired",
        "Renew your credentials: `aws sso login`.",
    ),
    _rule(
        r"No valid credential sources|NoCredentialProviders|failed to refresh cached credentials|InvalidClientTokenId"
        r"|UnrecognizedClientException|SignatureDoesNotMatch",
        "Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to valid credentials.",
    ),
    _rule(
        r"(?:not authorized to perform|no permissions? to perform):?\s+(?P<action>[a-z0-9-]+:\w+)",
        "The credentials lack {action}: have it added to their policy, or use a role that has it.",
    ),
    _rule(r"AccessDenied|UnauthorizedOperation", "The credentials lack a permission: use a role that may do this."),
    _rule(
        r"LimitExceeded|QuotaExceeded|AddressLimitExceeded|VpcLimitExceeded|quota",
        "An account quota is used up: remove unused environments, or raise it in Service Quotas.",
    ),
    _rule(
        r"pending deletion|KMSInvalidStateException",
        "The KMS key is pending deletion: cancel it (`aws kms cancel-key-deletion`), or deploy under another suffix.",
    ),
    _rule(
        r"already exists|AlreadyExists|ResourceInUseException|BucketAlreadyOwnedByYou",
        "Something of that name exists. If it is this environment's and has just come to be, the same command adopts "
        "it; if it is somebody else's (names of buckets are global), take another name.",
    ),
    _rule(
        r"Cannot import non-existent remote object",
        "What was to be adopted has vanished meanwhile: run the same command again.",
    ),
    _rule(
        r"DependencyViolation|DeleteConflict|has dependencies",
        "Something made outside of this stack still uses it: remove that, then run the same command again; "
        "`streamflix destroy --sweep` removes what it finds of this environment first.",
    ),
    _rule(
        r"Cannot find version|InvalidParameterCombination.{0,80}engine|engine.?version",
        "This region does not offer that engine version: "
        "`aws rds describe-db-engine-versions --engine aurora-postgresql` lists those for `database.engine_version`.",
    ),
    _rule(r"no space left on device|ENOSPC", "The disk is full: free some space, then run the same command again."),
    _rule(
        r"Failed to query available provider packages|Failed to install provider|could not connect to registry",
        "The AWS provider could not be downloaded: check the network and HTTPS_PROXY, or name a folder with a copy in "
        "STREAMFLIX_PROVIDER_MIRROR.",
    ),
    _rule(
        r"NoSuchBucket|S3 bucket .{0,80} does not exist",
        "The state bucket does not exist: create it (versioned), or correct `state.bucket` in the profile.",
    ),
    _rule(
        r"no such host|connection refused|dial tcp|i/o timeout|TLS handshake|proxyconnect|connection reset",
        "AWS could not be reached: check the network, proxy settings (HTTPS_PROXY) and AWS_ENDPOINT_URL.",
    ),
    _rule(
        r"Throttling|RequestLimitExceeded|TooManyRequests|Rate exceeded",
        "AWS throttled the calls: run the same command again; it goes on where it stopped.",
    ),
)


def is_lock_held(error: str) -> bool:
    """Whether an error says that somebody else holds the state's lock."""
    return _LOCK_HELD in error


def hint_for(error: str) -> str | None:
    """Returns the next step for an error, given whole; None for an uncommon one."""
    for rule in _RULES:
        if match := rule.pattern.search(error):
            return rule.hint.format(**match.groupdict())
    return None
