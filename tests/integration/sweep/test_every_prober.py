"""Each prober reports what was left behind, reports nothing of a similar environment, and clears it away."""

import pytest

from lib.naming import Naming
from streamflix_cli.deploy.sweep.probers import PROBERS
from tests.integration.sweep.account import Account
from tests.integration.sweep.leave import CASES

PR1 = Naming("pr1")
SIMILAR = ("pr12", "x-pr1", "pr1-x")


def test_every_prober_has_a_case() -> None:
    assert {prober.type for prober in PROBERS} == set(CASES)


def test_nothing_left_is_reported_as_nothing(account: Account) -> None:
    assert account.sweep(PR1) == []


@pytest.mark.parametrize("type_", sorted(CASES))
def test_what_was_left_behind_is_reported_and_swept(account: Account, type_: str) -> None:
    expected = CASES[type_](account, PR1)
    found = account.sweep(PR1)
    assert (type_, expected) in {(leftover.type, leftover.id) for leftover in found}
    assert all(leftover.detail for leftover in found)

    remaining = account.delete(found)
    assert [leftover.type for leftover in remaining] == (["other"] if type_ == "other" else [])
    assert account.sweep(PR1) == remaining


@pytest.mark.parametrize("suffix", SIMILAR)
@pytest.mark.parametrize("type_", sorted(CASES))
def test_an_environment_of_a_similar_name_is_left_alone(account: Account, type_: str, suffix: str) -> None:
    CASES[type_](account, Naming(suffix))
    assert account.sweep(PR1) == []
