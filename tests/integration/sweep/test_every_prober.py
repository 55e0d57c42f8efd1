"""Each prober reports what was left behind, reports nothing of a similar environment, and clears it away."""

import contextlib

import pytest
from botocore.exceptions import ClientError

from lib.naming import Naming
from streamflix_cli.deploy.sweep.probers import PROBERS
from tests.integration.sweep.account import Account
from tests.integration.sweep.leave import CASES

TYPES = sorted(CASES)


def test_every_prober_has_a_case() -> None:
    assert {prober.type for prober in PROBERS} == set(CASES)


@pytest.mark.parametrize("type_", TYPES)
def test_what_was_left_behind_is_reported_and_swept(account: Account, type_: str) -> None:
    naming = Naming(f"pr{TYPES.index(type_)}")
    expected = CASES[type_](account, naming)
    found = account.sweep(naming)
    assert (type_, expected) in {(leftover.type, leftover.id) for leftover in found}
    assert all(leftover.detail for leftover in found)

    remaining = account.delete(found)
    assert [leftover.type for leftover in remaining] == (["other"] if type_ == "other" else [])
    assert account.sweep(naming) == remaining


@pytest.mark.parametrize("similar", ["{}2", "x-{}", "{}-x"])
def test_an_environment_of_a_similar_name_is_left_alone(account: Account, similar: str) -> None:
    suffix = f"near{len(similar)}{similar.find('{')}"
    near = Naming(similar.format(suffix))
    for leave in CASES.values():
        # Several cases need the same role or definition, and find it there.
        with contextlib.suppress(ClientError):
            leave(account, near)
    # A backup outlives its cluster, and here another case's cluster of that name lives.
    assert {leftover.type for leftover in account.sweep(near)} | {"rds_cluster_backup"} == set(CASES)
    assert account.sweep(Naming(suffix)) == []
