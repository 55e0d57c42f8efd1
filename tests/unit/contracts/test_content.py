"""The content record."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from lib.contracts.content import ContentRecord, Rights

GOOD: dict[str, Any] = {
    "id": "a-film.2026_v2",
    "titles": {"en": "A film", "pt-BR": "Um filme"},
    "kind": "film",
    "original_language": "en",
    "production_countries": ["NL", "DE"],
    "year": 2026,
    "territories": ["NL"],
    "rights": [{"territories": ["NL"], "start": "2026-01-01", "end": "2026-12-31"}],
}


def test_a_record_is_read_as_it_was_written() -> None:
    record = ContentRecord.model_validate(GOOD)

    assert record.rights == (Rights(territories=("NL",), start=date(2026, 1, 1), end=date(2026, 12, 31)),)
    assert ContentRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "A-Film"},
        {"id": "-film"},
        {"id": "a--film"},
        {"id": "../film"},
        {"id": "a" * 101},
        {"titles": {}},
        {"titles": {"english": "A film"}},
        {"titles": {"en": ""}},
        {"titles": {"en": "A\0film"}},
        {"titles": {"en": "A\x1b[31mfilm"}},
        {"titles": {"en": "A\nfilm"}},
        {"production_countries": ["nl"]},
        {"year": 1800},
        {"kind": "opera"},
        {"colour": "blue"},
        {"rights": [{"territories": []}]},
        {"rights": [{"territories": ["NL"], "start": 0}]},
        {"rights": [{"territories": ["NL"], "start": "86400"}]},
        {"rights": [{"territories": ["NL"], "start": "2026-13-01"}]},
        {"rights": [{"territories": ["NL"], "start": "2026-01-01T00:00:00"}]},
        {"rights": [{"territories": ["NL"], "start": "2026-02-01", "end": "2026-01-01"}]},
    ],
)
def test_a_wrong_record_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ContentRecord.model_validate({**GOOD, **changes})
