"""Identities that producer and worker compute alike."""

import hashlib
import hmac
from uuid import UUID, uuid5

PSEUDONYM_PATTERN = r"^person:[0-9a-f]{16}$"

_NAMESPACE = UUID("6f1f0f6e-6e0b-5c0b-9a52-3d6c6f1a7b11")


def job_id(content_id: str, sha256: str, ladder_version: str) -> UUID:
    """The job of one title, made from one file for one ladder: submitting it again is the same job.

    Args:
        content_id: The title.
        sha256: Of the file, 64 hexadecimal digits.
        ladder_version: See `ladder_version`.
    """
    return uuid5(_NAMESPACE, f"{content_id}\n{sha256}\n{ladder_version}")


def pseudonym(principal: str, key: str) -> str:
    """Stands for a person or role in records and audit events (GDPR, Art. 4(5)).

    Args:
        principal: ARN of the caller.
        key: The environment's pseudonym key.

    Returns:
        `person:` and 16 hexadecimal digits.
    """
    digest = hmac.new(key.encode(), principal.encode(), hashlib.sha256).hexdigest()
    return f"person:{digest[:16]}"
