"""Content records in YAML files, every finding at its place, as with profiles."""

import re
import unicodedata
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lib.contracts.content import (
    CONTENT_ID_MAX_LENGTH,
    CONTENT_ID_PATTERN,
    COUNTRY_PATTERN,
    LANGUAGE_PATTERN,
    ContentRecord,
    Rights,
)
from lib.contracts.records import SUBMISSION_BYTES
from streamflix_cli.errors import EXIT_USAGE, StreamflixError
from streamflix_cli.profiles.demands import DEMANDS, FORM, RANGE, TYPE, UNKNOWN
from streamflix_cli.profiles.diagnostics import Diagnostic, Position, ProfileFaultError
from streamflix_cli.profiles.inheritance import shown
from streamflix_cli.profiles.near import did_you_mean
from streamflix_cli.profiles.nodes import Node, read
from streamflix_cli.profiles.validation import walk, without_consequences

FORMS = {
    CONTENT_ID_PATTERN: "lower-case letters, digits, and single `.`, `_`, `-` between them",
    COUNTRY_PATTERN: "a country's two capital letters (ISO 3166-1), as `NL`",
    LANGUAGE_PATTERN: "a language, and a region where it matters (BCP 47), as `en` or `pt-BR`",
}
"""What each pattern means, in words."""
DATE_KINDS = {"date_parsing", "date_from_datetime_parsing"}
MOST_QUOTED = 60
"""Characters of a value, and of a key."""
RECORD_MARGIN = 16 * 1024
"""Bytes of a submission that are left for everything but the content record: location, names, numbers."""
MOST_FINDINGS = 50
"""Told of one record; nobody reads more."""
_UNDETERMINED = "und"
"""BCP 47 for a language that nobody stated."""


def read_content(path: Path) -> ContentRecord:
    """Reads a content record.

    Raises:
        StreamflixError: `INVALID_CONTENT` with every finding, or `RECORD_TOO_LARGE`.
    """
    try:
        document = read(path, shown(path))
    except ProfileFaultError as fault:
        raise _invalid(path, [_reworded(fault.diagnostic)]) from fault
    root = document.root
    days = _days(root)
    found = [one for one in document.diagnostics if one.rule != "SFX108" or (one.line, one.column) not in days]
    told = {(one.line, one.column) for one in found}
    record = None
    try:
        record = ContentRecord.model_validate(root.plain())
    except ValidationError as error:
        details = without_consequences(error.errors(include_url=False))
        wrong = [_diagnostic(root, detail) for detail in details]
        found += [one for one in wrong if (one.line, one.column) not in told]
    if found or record is None:
        raise _invalid(path, found)
    size = len(record.model_dump_json().encode())
    if size > SUBMISSION_BYTES - RECORD_MARGIN:
        raise record_too_large(shown(path), size)
    return record


def default_content(path: Path) -> ContentRecord:
    """The record of a file that has none: its id and title are the file's name."""
    title = printable(path.stem)
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:CONTENT_ID_MAX_LENGTH].strip("-")
    # Names in other scripts leave nothing of themselves; their digest is as stable.
    content_id = slug or f"video-{sha256(title.encode()).hexdigest()[:12]}"
    return ContentRecord(id=content_id, titles={_UNDETERMINED: title})


def printable(name: str) -> str:
    """A file's name without what JSON, S3 or a terminal cannot take: undecodable bytes, control characters."""
    return "".join(character if character.isprintable() else "_" for character in name)


def record_too_large(what: object, size: int) -> StreamflixError:
    """The error for a record that would not fit the queue's message."""
    return StreamflixError(
        "RECORD_TOO_LARGE",
        f"{what}: the record has {size} bytes; with everything else a submission may have {SUBMISSION_BYTES}.",
        hint="Shorten it: fewer titles or rights.",
    )


def _invalid(path: Path, found: list[Diagnostic]) -> StreamflixError:
    ordered = sorted(found, key=lambda one: (one.line, one.column, one.rule))
    ordered, more = ordered[:MOST_FINDINGS], len(ordered) - MOST_FINDINGS
    message = [f"{shown(path)} is not a valid content record.", *(one.describe() for one in ordered)]
    return StreamflixError(
        "INVALID_CONTENT",
        "\n\n".join([*message, f"And {more} more." if more > 0 else ""]).rstrip(),
        hint="Correct what is marked; nothing was uploaded.",
        exit_code=EXIT_USAGE,
        data={"diagnostics": [one.model_dump(mode="json") for one in ordered]},
    )


def _reworded(fault: Diagnostic) -> Diagnostic:
    """What reading says of profiles, said of content records."""
    message = fault.message.replace("A profile is a mapping of sections", "A content record is a mapping of fields")
    suggestion = fault.suggestion and fault.suggestion.replace("profile", "record")
    return fault.model_copy(
        update={"message": message.replace("a profile", "a content record"), "suggestion": suggestion}
    )


def _days(root: Node) -> set[tuple[int, int]]:
    """Where days stand that need no quotes, because all versions of YAML agree on them: line and column."""
    entries = root.value if isinstance(root.value, dict) else {}
    rights = entries["rights"].node.value if "rights" in entries else None
    count = len(rights) if isinstance(rights, list) else 0
    steps = (list(walk(root, ("rights", index, name))) for index in range(count) for name in ("start", "end"))
    return {(found[-1][1].at.line, found[-1][1].at.column) for found in steps if len(found) == 3}


def _diagnostic(root: Node, detail: ErrorDetails) -> Diagnostic:
    path, of_key = detail["loc"], detail["loc"][0] == "titles" and detail["loc"][2:] == ("[key]",)
    if of_key:
        path = path[:-1]
    steps = list(walk(root, path))
    key_at, node = steps[-1] if steps else (root.at, root)
    field, kind = ".".join(map(str, path))[:MOST_QUOTED], detail["type"]
    if kind == "extra_forbidden":
        known = (Rights if path[0] == "rights" else ContentRecord).model_fields
        near = did_you_mean(str(path[-1]), known) or f"Known here: {', '.join(known)}."
        return Diagnostic.at(key_at, UNKNOWN, f"Unknown key `{str(path[-1])[:MOST_QUOTED]}`.", suggestion=near)
    on_key = len(steps) < len(path) or of_key or isinstance(node.value, dict | list | None)
    at: Position = key_at if on_key else node.at
    rule, demand = _demand(detail)
    if kind in ("missing", "value_error"):
        return Diagnostic.at(at, rule, f"`{field}` {demand}.")
    value = detail["input"]
    stated = f", not `{str(value)[:MOST_QUOTED]}`"
    if value is None or isinstance(value, dict | list):
        stated = ", not nothing" if value is None else ""
    suggestion: str | None = None
    if kind == "literal_error" and isinstance(value, str):
        suggestion = did_you_mean(value, re.findall("'([^']*)'", detail["ctx"]["expected"]))
    elif kind == "string_type" and isinstance(value, int | float):
        suggestion = "Put it in quotes."
    return Diagnostic.at(at, rule, f"`{field}` {demand}{stated}.", suggestion=suggestion)


def _demand(detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return FORM, f"must be {FORMS[context['pattern']]}"
    if kind == "value_error":
        return RANGE, str(context["error"])
    if kind in DATE_KINDS:
        return TYPE, "must be a date, as `2026-01-31`"
    if kind.startswith("int_parsing"):
        return TYPE, "must be a whole number"
    rule, demand = DEMANDS[kind]
    return rule, demand.format(**context).replace("'", "`")
