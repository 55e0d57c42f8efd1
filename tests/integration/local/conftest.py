"""Two control planes for all tests of a session: one as we serve it, one as moto is."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tests.control_plane import serving
from tests.integration.local.pipes import Pipe

REGION = "eu-west-1"

WITHOUT_THE_MEND = (
    AssertionError,
    BotoCoreError,
    ClientError,
    LookupError,
    ResponseParserError,
    ValueError,
    pytest.fail.Exception,
)
"""How a test ends on moto as it is. An error of the test itself, a `TypeError` say, is none of these."""

Client = Any
Clients = Callable[..., Client]
"""`clients("sqs")`: a boto3 client of that service."""


@pytest.fixture(scope="session")
def mended_endpoint() -> Iterator[str]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def unmended_endpoint() -> Iterator[str]:
    with serving("--unmended") as endpoint:
        yield endpoint


@pytest.fixture(
    params=[
        "mended",
        # Fails the session once moto can do without the mend: then the mend goes.
        pytest.param(
            "unmended",
            marks=pytest.mark.xfail(strict=True, raises=WITHOUT_THE_MEND),
        ),
    ]
)
def clients(request: pytest.FixtureRequest) -> Clients:
    endpoint = request.getfixturevalue(f"{request.param}_endpoint")

    def client(service: str, region: str = REGION) -> Client:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    return client


@pytest.fixture
def pipe(mended_endpoint: str, request: pytest.FixtureRequest) -> Iterator[Pipe]:
    result = Pipe(mended_endpoint, request.node.name.removeprefix("test_").replace("_", "-")[:50])
    yield result
    result.client("pipes").delete_pipe(Name=result.name)
