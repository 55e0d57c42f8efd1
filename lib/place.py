"""Where a stack stands: the account and region that ARNs are made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """An AWS account and region.

    Args:
        account_id: Twelve digits (a token while synthesizing).
        region: As `us-east-1`.
    """

    account_id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource, as `arn:aws:sqs:us-east-1:123456789012:NAME`."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"
