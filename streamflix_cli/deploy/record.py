"""The environment record: what the account itself knows about who owns an environment and until when."""

import json
from datetime import UTC, datetime, timedelta

import boto3

from lib.profile import Environment

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def write_record(session: boto3.Session, parameter: str, settings: Environment) -> None:
    """Writes the record after a deploy; an expiry is counted from now.

    Args:
        session: In the environment's account and region.
        parameter: Name of the SSM parameter, which the stack made.
        settings: The profile's `environment` section.

    Raises:
        botocore.exceptions.ClientError: The parameter cannot be written.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    value = {
        "v": 1,
        "owner": settings.owner,
        "last_deploy": now.isoformat(),
        "expires": (now + lifetime(settings.ttl)).isoformat() if settings.ttl else None,
    }
    session.client("ssm").put_parameter(Name=parameter, Value=json.dumps(value), Overwrite=True)


def lifetime(ttl: str) -> timedelta:
    """Returns how long a `ttl` of the profile is, as `72h`."""
    return timedelta(**{UNITS[ttl[-1]]: int(ttl[:-1])})
