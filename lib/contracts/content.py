"""The content record: what a title is. Written in YAML by people, carried by the submission."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

CONTENT_ID_PATTERN = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
CONTENT_ID_MAX_LENGTH = 100
COUNTRY_PATTERN = r"^[A-Z]{2}$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z]{2})?$"


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character, which the database cannot keep")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
"""What PostgreSQL takes as text: anything without NUL."""
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
    start: date | None = Field(None, description="First day; without it, since ever")
    end: date | None = Field(None, description="Last day; without it, for ever")

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
