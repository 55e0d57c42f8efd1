from datetime import date, timedelta

from hypothesis import given, strategies as st

from lib.compliance.rights import rights_missing
from lib.contracts.content import ContentRecord, Rights

TODAY = date(2026, 6, 15)
COUNTRIES = st.sampled_from(["NL", "DE", "FR", "BE", "AT"])
DATES = st.none() | st.integers(-3, 3).map(lambda days: TODAY + timedelta(days))


def title(rights: tuple[Rights, ...] | None, territories: tuple[str, ...] | None = None) -> ContentRecord:
    return ContentRecord(id="film", titles={"en": "Film"}, rights=rights, territories=territories)


def test_the_companys_own_titles_need_no_rights() -> None:
    assert rights_missing(title(None), ["NL", "DE"], TODAY) == ()


def test_a_title_is_published_in_its_own_territories_or_else_in_the_environments() -> None:
    rights = (Rights(territories=("NL",)),)
    assert rights_missing(title(rights), ["NL", "FR", "DE", "FR"], TODAY) == ("DE", "FR")
    assert rights_missing(title(rights, ("NL",)), ["NL", "FR", "DE"], TODAY) == ()
    assert rights_missing(title(rights, ("BE", "NL")), ["NL"], TODAY) == ("BE",)


def test_first_and_last_day_count() -> None:
    rights = (Rights(territories=("NL",), start=TODAY, end=TODAY),)
    assert rights_missing(title(rights), ["NL"], TODAY) == ()
    assert rights_missing(title(rights), ["NL"], TODAY - timedelta(1)) == ("NL",)
    assert rights_missing(title(rights), ["NL"], TODAY + timedelta(1)) == ("NL",)


@given(
    st.lists(st.tuples(st.lists(COUNTRIES, min_size=1, max_size=3), DATES, DATES), max_size=4),
    st.sets(COUNTRIES, min_size=1),
)
def test_a_territory_is_missing_unless_a_right_names_it_today(
    drawn: list[tuple[list[str], date | None, date | None]], wanted: set[str]
) -> None:
    rights = tuple(
        Rights(territories=tuple(territories), start=start, end=end)
        for territories, start, end in drawn
        if start is None or end is None or start <= end
    )
    missing = rights_missing(title(rights), wanted, TODAY)
    assert set(missing) <= wanted
    for territory in wanted:
        covered = any(
            territory in right.territories and (right.start or date.min) <= TODAY and (right.end or date.max) >= TODAY
            for right in rights
        )
        assert (territory in missing) is not covered
