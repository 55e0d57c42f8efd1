"""Every rule id with its title: what stands in the documentation of the diagnostics."""

from pydantic import BaseModel

from lib.profile_rules import RULES

READING = {
    "SFX101": "The file can be read.",
    "SFX102": "The file is UTF-8 without control characters.",
    "SFX103": "The file is YAML.",
    "SFX104": "The file is of reasonable size and depth, aliases expanded.",
    "SFX105": "A profile is one mapping of sections.",
    "SFX106": "A file holds one document.",
    "SFX107": "A key stands once in its mapping.",
    "SFX108": "A plain scalar means the same in every version of YAML.",
    "SFX109": "A key is text; there are no merge keys.",
    "SFX110": "There are no tags.",
    "SFX111": "`extends` names one profile of the same folder.",
    "SFX112": "`extends` does not run in a circle.",
    "SFX113": "`match` is a regular expression.",
    "SFX201": "A key is known.",
    "SFX202": "A required key is there.",
    "SFX203": "A value has the right type.",
    "SFX204": "A value is one of the allowed ones.",
    "SFX205": "A value lies in its range.",
    "SFX206": "Text has the right form.",
    "SFX401": "An environment's name can be its suffix.",
    "SFX402": "A profile with `match` sets no suffix.",
    "SFX403": "No two environments share a suffix.",
    "SFX404": "Profiles end in `.yaml`.",
}


class RuleTitle(BaseModel):
    """A rule's stable id and what it demands."""

    id: str
    title: str


class RuleList(BaseModel):
    """All rules, by id."""

    rules: list[RuleTitle]


def all_rules() -> RuleList:
    """Every rule that a diagnostic can name."""
    titles = {**READING, **{one.id: one.title for one in RULES}}
    return RuleList(rules=[RuleTitle(id=rule, title=title) for rule, title in sorted(titles.items())])
