"""Finds what is left of an environment: by name in every service, and by tag, confirmed by the service."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from lib.naming import Naming
from streamflix_cli.deploy.sweep.cloud import Cloud, Search
from streamflix_cli.deploy.sweep.leftover import Leftover
from streamflix_cli.deploy.sweep.probers import PROBERS
from streamflix_cli.deploy.sweep.probers.base import Prober
from streamflix_cli.errors import StreamflixError

WORKERS = 12
"""Calls in flight at once: probers spend their time waiting for a service."""
_SETTLE_PAUSE_SECONDS = 5.0
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Unchecked:
    """A type that could not be searched, and the service's reason."""

    type: str
    code: str
    message: str


def find_leftovers(
    session: boto3.Session,
    *,
    naming: Naming,
    account_id: str,
    region: str,
    endpoint: str | None = None,
    settle_seconds: float = 60,
) -> list[Leftover]:
    """Looks for every resource type of the stack, and for what services make by themselves.

    Args:
        session: Credentials.
        naming: Names of the environment.
        account_id: The account that was deployed into, twelve digits.
        region: The region that was deployed into.
        endpoint: URL of an emulator; by default AWS (or what `AWS_ENDPOINT_URL` says).
        settle_seconds: How long to wait for what was found to vanish after all: for a while after a deletion,
            services (a deleted queue is known for 60 s) and the tagging API still know what is gone.

    Returns:
        What exists, by type and id. Empty is the proof: every type was searched.

    Raises:
        StreamflixError: `SWEEP_INCOMPLETE` when a type could not be searched, so that nothing is proven.
            Its `data` holds what was found (`leftovers`) and what was not searched (`unchecked`).
    """
    search = Search(Cloud(session, region, endpoint), naming, account_id, region)
    unchecked: list[_Unchecked] = []
    found = {
        (leftover.type, leftover.id): leftover
        # A tag and a name may lead to the same resource: one of them is enough.
        for leftover in (*_by_tag(search, unchecked), *_by_name(search, unchecked))
    }
    deadline = time.monotonic() + settle_seconds
    leftovers = _confirmed(search.cloud, found.values(), unchecked)
    while leftovers and time.monotonic() < deadline:
        time.sleep(min(_SETTLE_PAUSE_SECONDS, max(0.0, deadline - time.monotonic())))
        leftovers = _confirmed(search.cloud, leftovers, unchecked)
    if unchecked:
        raise _incomplete(naming.suffix, leftovers, unchecked)
    return sorted(leftovers, key=lambda leftover: (leftover.type, leftover.id))


def look_again(session: boto3.Session, leftovers: list[Leftover], *, region: str) -> list[Leftover]:
    """Returns those that still exist, each with its present state.

    Raises:
        StreamflixError: `SWEEP_INCOMPLETE` when a service did not say.
    """
    unchecked: list[_Unchecked] = []
    present = _confirmed(Cloud(session, region), leftovers, unchecked)
    if unchecked:
        raise _incomplete("the environment", present, unchecked)
    return present


def _by_name(search: Search, unchecked: list[_Unchecked]) -> list[Leftover]:
    def probe(prober: Prober) -> list[Leftover]:
        return _attempt(prober.type, lambda: list(prober.candidates(search)), unchecked) or []

    with ThreadPoolExecutor(WORKERS) as pool:
        return [candidate for candidates in pool.map(probe, PROBERS) for candidate in candidates]


def _by_tag(search: Search, unchecked: list[_Unchecked]) -> list[Leftover]:
    filters = [{"Key": key, "Values": [value]} for key, value in search.tags.items()]

    def listing() -> list[str]:
        resources = search.cloud.pages(
            "resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=filters
        )
        return [resource["ResourceARN"] for resource in resources]

    return [_from_arn(arn) for arn in _attempt("tagging_api", listing, unchecked) or []]


def _from_arn(arn: str) -> Leftover:
    named = ((prober.type, prober.id_of(arn)) for prober in PROBERS)
    return next(Leftover(type=type_, id=id_, found_by="tag") for type_, id_ in named if id_ is not None)


def _confirmed(cloud: Cloud, candidates: Iterable[Leftover], unchecked: list[_Unchecked]) -> list[Leftover]:
    """Those of which the service that owns them says that they exist, with their state."""
    probers = {prober.type: prober for prober in PROBERS}

    def confirm(candidate: Leftover) -> Leftover | None:
        prober = probers[candidate.type]
        state = _attempt(candidate.type, lambda: prober.state(cloud, candidate.id), unchecked)
        return None if state is None else candidate.model_copy(update={"detail": state})

    with ThreadPoolExecutor(WORKERS) as pool:
        return [leftover for leftover in pool.map(confirm, candidates) if leftover is not None]


def _attempt(type: str, call: Callable[[], _T], unchecked: list[_Unchecked]) -> _T | None:
    try:
        return call()
    except ClientError as error:
        unchecked.append(_Unchecked(type, error.response["Error"]["Code"], error.response["Error"]["Message"]))
    except (BotoCoreError, ResponseParserError) as error:
        unchecked.append(_Unchecked(type, error.__class__.__name__, str(error)))
    return None


def _incomplete(suffix: str, leftovers: list[Leftover], unchecked: list[_Unchecked]) -> StreamflixError:
    reasons = sorted({f"{entry.type}: {entry.code}: {entry.message}" for entry in unchecked})
    return StreamflixError(
        "SWEEP_INCOMPLETE",
        "\n".join([f"It is not proven that nothing is left of {suffix}; these could not be checked:", *reasons]),
        hint="Run destroy again with credentials that may list and describe these types.",
        data={
            "leftovers": [leftover.model_dump() for leftover in leftovers],
            "unchecked": sorted({entry.type for entry in unchecked}),
        },
    )
