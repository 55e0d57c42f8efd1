"""What a field demands, in the words of this project instead of Pydantic's."""

from pydantic_core import ErrorDetails

from lib.profile import FORMS

UNKNOWN, MISSING, TYPE, CHOICE, RANGE, FORM = "SFX201", "SFX202", "SFX203", "SFX204", "SFX205", "SFX206"

DEMANDS = {
    "missing": (MISSING, "is missing"),
    "string_type": (TYPE, "must be text"),
    "string_unicode": (TYPE, "must be Unicode text"),
    "int_type": (TYPE, "must be a whole number"),
    "int_from_float": (TYPE, "must be a whole number"),
    "finite_number": (TYPE, "must be a number, and not infinite"),
    "float_type": (TYPE, "must be a number"),
    "bool_type": (TYPE, "must be true or false"),
    "tuple_type": (TYPE, "must be a list"),
    "dict_type": (TYPE, "must be a mapping"),
    "model_type": (TYPE, "must be a mapping"),
    "literal_error": (CHOICE, "must be {expected}"),
    "greater_than_equal": (RANGE, "must be at least {ge}"),
    "less_than_equal": (RANGE, "must be at most {le}"),
    "multiple_of": (RANGE, "must be a multiple of {multiple_of}"),
    "string_too_short": (RANGE, "must have at least {min_length} character"),
    "string_too_long": (RANGE, "must have at most {max_length} characters"),
    "too_short": (RANGE, "must have at least {min_length} item"),
    "too_long": (RANGE, "must have at most {max_length} items"),
}
"""Pydantic's kinds of errors that the models can give: rule id and wording."""


def describe(detail: ErrorDetails) -> tuple[str, str]:
    """Rule id and demand of a field error, as `("SFX205", "must be at most 3")`."""
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        return FORM, f"must be {FORMS[context['pattern']]}"
    rule, demand = DEMANDS[detail["type"]]
    return rule, demand.format(**context).replace("'", "`")
