"""Identities that everybody computes alike."""

from uuid import UUID

from hypothesis import given, strategies as st

from lib.contracts.identity import job_id, pseudonym
from lib.contracts.ladder import Rung, ladder_version

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)
RUNG = Rung(height=720, bitrate_kbps=2800, max_bitrate_kbps=4200)


def test_a_job_is_named_the_same_for_ever() -> None:
    assert job_id("a-film", "a" * 64, "ladder") == UUID("b53e4404-5913-5de2-abf8-38e2f5ed493c")


@given(one=st.tuples(TEXT, TEXT, TEXT), other=st.tuples(TEXT, TEXT, TEXT))
def test_a_job_is_title_file_and_ladder(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (job_id(*one) == job_id(*other)) == (one == other)


def test_a_pseudonym_depends_on_person_and_environment() -> None:
    person = pseudonym("arn:aws:iam::123456789012:user/zoe", "key")

    assert person == pseudonym("arn:aws:iam::123456789012:user/zoe", "key")
    assert person.startswith("person:")
    assert "zoe" not in person
    assert len({person, pseudonym("arn:aws:iam::123456789012:user/zoe", "other"), pseudonym("arn", "key")}) == 3


def test_a_ladder_is_named_by_its_rungs() -> None:
    same = ladder_version([RUNG.model_copy()])

    assert ladder_version([RUNG]) == same
    assert ladder_version([RUNG, RUNG]) != same
    assert ladder_version([RUNG.model_copy(update={"codec": "hevc"})]) != same
