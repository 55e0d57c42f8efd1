"""The content record: what a title is. Written in YAML by people, carried by the submission."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

CONTENT_ID_PATTERN = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
CONTENT_ID_MAX_LENGTH = 100
COUNTRY_PATTERN = r"^[A-Z]{2}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z]{2})?$"


_CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _without_control_characters(text: str) -> str:
    if _CONTROL_CHARACTER.search(text):
        raise ValueError("holds a control character, as a line break is one")
    return text


def _written_as_a_day(value: object) -> object:
    # Pydantic takes numbers, and text that looks like them, for seconds since 1970.
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a date, as `2026-01-31`")


Text = Annotated[str, AfterValidator(_without_control_characters)]
"""One line. A terminal would obey control characters, and PostgreSQL takes no NUL."""
Day = Annotated[date, BeforeValidator(_written_as_a_day)]
ContentId = Annotated[str, Field(pattern=CONTENT_ID_PATTERN, max_length=CONTENT_ID_MAX_LENGTH)]
"""Lower-case letters, digits, and single `.`, `_`, `-` between them."""
Country = Annotated[str, Field(pattern=COUNTRY_PATTERN)]
"""ISO 3166-1 alpha-2."""
Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN)]
"""BCP 47: a language, and a region where it matters, as `en` or `pt-BR`."""
Title = Annotated[Text, Field(min_length=1, max_length=500)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rights(_Model):
    """Where and when a title may be shown."""

    territories: Annotated[tuple[Country, ...], Field(min_length=1)]
    start: Day | None = Field(None, description="First day; without it, since ever")
    end: Day | None = Field(None, description="Last day; without it, for ever")

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.start and self.end and self.end < self.start:
            raise ValueError("`end` lies before `start`")
        return self


class ContentRecord(_Model):
    """One title."""

    id: ContentId
    titles: Annotated[dict[Language, Title], Field(min_length=1)]
    kind: Literal["film", "episode", "short", "trailer", "other"] = "other"
    original_language: Language | None = None
    production_countries: tuple[Country, ...] = ()
    year: Annotated[int, Field(ge=1888, le=2200)] | None = None
    territories: tuple[Country, ...] | None = Field(
        None, description="Where it is to be published; without them, in every territory of the environment"
    )
    rights: tuple[Rights, ...] | None = Field(
        None, description="Without them the title is the company's own, with rights everywhere"
    )
