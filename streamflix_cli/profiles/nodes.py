"""A profile's YAML as a tree in which every key and value knows where it was written.

PyYAML's `compose()` gives the positions; the values are made here, because YAML 1.1 turns `NO` into
false, `0123` into 83 and `12:30` into 750: a plain scalar that YAML 1.1 and 1.2 read differently is
an error that asks for quotes.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from streamflix_cli.profiles.diagnostics import Diagnostic, Position, ProfileFaultError, Source

Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000
"""Bounds on what is read: far above any real profile, far below what aliases of aliases expand to."""

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML 1.1, so that lines are counted as the parser counts them."""

TAG = "tag:yaml.org,2002:"
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
LOOKS_NUMERIC = re.compile(r"[-+]?\.?[0-9][0-9_]*|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9.]+[eE][-+]?[0-9]+")
PLAIN_KINDS = frozenset({"str", "bool", "int", "float", "null", "timestamp", "value", "merge"})
MAX_INTEGER_DIGITS = 18
"""Larger numbers are text in disguise, and none fits a field."""

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its position."""

    value: "Scalar | list[Node] | dict[str, Entry]"
    at: Position

    def plain(self) -> object:
        """The value without positions, as YAML means it."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a mapping with the position of its key."""

    key_at: Position
    node: Node


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds: a mapping, and the diagnostics found while reading it."""

    source: Source
    root: Node
    diagnostics: tuple[Diagnostic, ...]


def read(path: Path, shown: Path) -> Document:
    """Reads one file.

    Args:
        path: The file.
        shown: Its name in diagnostics.

    Raises:
        ProfileFaultError: It cannot be read, is not UTF-8, not YAML, or not one mapping.
    """
    source, text = _text(path, shown)
    try:
        loader = Loader(text)
        try:
            tree = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.composer.ComposerError as error:
        several = error.context is not None and "single document" in error.context
        rule, hint = ("SFX106", "Keep one profile a file.") if several else ("SFX103", None)
        raise _fault(source, error, rule, hint) from error
    except yaml.MarkedYAMLError as error:
        tabs = "\t" in (error.problem or "") or "\\t" in (error.problem or "")
        raise _fault(source, error, "SFX103", "YAML is indented with spaces, never tabs." if tabs else None) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ProfileFaultError(
            Diagnostic.at(source.at(0, 0), "SFX103", f"Not YAML: {error}".splitlines()[0])
        ) from error
    if not isinstance(tree, yaml.MappingNode):
        found = {yaml.SequenceNode: "a list", yaml.ScalarNode: "one value"}.get(type(tree), "nothing")
        at = source.at(0, 0) if tree is None else _position(source, tree)
        raise ProfileFaultError(
            Diagnostic.at(at, "SFX105", f"A profile is a mapping of sections; this file holds {found}.")
        )
    converter = _Converter(source)
    root = converter.node(tree, depth=0)
    return Document(source, root, tuple(converter.diagnostics))


def _text(path: Path, shown: Path) -> tuple[Source, str]:
    nothing = Source(shown, ())
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProfileFaultError(Diagnostic.at(nothing.at(0, 0), "SFX101", f"Cannot be read: {reason}.")) from error
    if len(content) > MAX_BYTES:
        message = f"Larger than {MAX_BYTES // 1024} KiB, so not a profile."
        raise ProfileFaultError(Diagnostic.at(nothing.at(0, 0), "SFX104", message))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        source = Source(shown, tuple(LINE_BREAK.split(content.decode("utf-8-sig", errors="replace"))))
        lines = LINE_BREAK.split(before)
        raise ProfileFaultError(
            Diagnostic.at(
                source.at(len(lines) - 1, len(lines[-1])),
                "SFX102",
                f"Not UTF-8: byte 0x{content[error.start]:02x}.",
                suggestion="Save the file as UTF-8.",
            )
        ) from error
    source = Source(shown, tuple(LINE_BREAK.split(text)))
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        lines = LINE_BREAK.split(text[: found.start()])
        at = source.at(len(lines) - 1, len(lines[-1]))
        raise ProfileFaultError(
            Diagnostic.at(at, "SFX102", f"Control character U+{ord(found.group()):04X} is not allowed in YAML.")
        )
    return source, text


def _fault(source: Source, error: yaml.MarkedYAMLError, rule: str, suggestion: str | None) -> ProfileFaultError:
    mark = error.problem_mark or error.context_mark
    at = source.at(mark.line, mark.column) if mark else source.at(0, 0)
    if rule == "SFX106":
        message = "A second document begins here."
    else:
        message = ", ".join(part for part in (error.context, error.problem) if part)
        message = f"Not YAML: {message}."
    return ProfileFaultError(Diagnostic.at(at, rule, message, suggestion=suggestion))


def _position(source: Source, node: yaml.Node) -> Position:
    start, end = node.start_mark, node.end_mark
    width = end.column - start.column if end.line == start.line else len(source.at(start.line, 0).text) - start.column
    return source.at(start.line, start.column, width)


class _Converter:
    """Turns PyYAML's nodes into ours, collecting what is wrong with keys and scalars on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self._count = 0

    def node(self, node: yaml.Node, depth: int) -> Node:
        at = _position(self.source, node)
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_NODES:
            limit = f"deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else f"more than {MAX_NODES} values"
            raise ProfileFaultError(Diagnostic.at(at, "SFX104", f"Nested or repeated without measure: {limit}."))
        if isinstance(node, yaml.MappingNode):
            return Node(self._mapping(node, depth), at)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, "seq", at)
            return Node([self.node(item, depth + 1) for item in node.value], at)
        return Node(self._scalar(cast("yaml.ScalarNode", node), at), at)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Entry]:
        self._check_tag(node, "map", _position(self.source, node))
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            at = _position(self.source, key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(at, "SFX109", "A key must be text.")
                continue
            if key_node.tag == TAG + "merge":
                self._report(at, "SFX109", "Merge keys are not supported.", "Inherit with a top-level `extends:`.")
                continue
            # A key is text whatever it looks like; a trap such as NO is reported and kept as written.
            self._scalar(key_node, at)
            key = str(key_node.value)
            value = self.node(value_node, depth + 1)
            if key in entries:
                first = entries[key].key_at
                self._report(at, "SFX107", f"`{key}` stands twice: first in line {first.line}, column {first.column}.")
                continue
            entries[key] = Entry(at, value)
        return entries

    def _scalar(self, node: yaml.ScalarNode, at: Position) -> Scalar:
        text = str(node.value)
        kind = node.tag.removeprefix(TAG)
        plain = not node.style  # None from the Python parser, "" from libyaml
        if not plain and kind == "str":
            return text
        if not plain or kind not in PLAIN_KINDS:
            self._report(at, "SFX110", f"Tags are not supported: {node.tag}.")
            return text
        if kind == "null":
            return None
        value = _plain(text)
        if value is None:
            self._check_trap(at, text, kind)
            return text
        return value

    def _check_trap(self, at: Position, text: str, kind: str) -> None:
        if kind == "bool":
            truth = "true" if text.lower() in {"yes", "on"} else "false"
            why, suggestion = f"which YAML 1.1 reads as {truth}", f'Write {truth}, or `"{text}"` if text is meant.'
        elif kind == "timestamp":
            why, suggestion = "which YAML reads as a date", f'Write `"{text}"`.'
        elif kind != "str" or LOOKS_NUMERIC.fullmatch(text):
            why = "which YAML versions read as different numbers, or as text"
            suggestion = f'Write `"{text}"`, or a plain decimal number.'
        else:
            return
        self._report(at, "SFX108", f"Unquoted `{text}`, {why}.", suggestion)

    def _check_tag(self, node: yaml.Node, expected: str, at: Position) -> None:
        if node.tag != TAG + expected:
            self._report(at, "SFX110", f"Tags are not supported: {node.tag}.")

    def _report(self, at: Position, rule: str, message: str, suggestion: str | None = None) -> None:
        self.diagnostics.append(Diagnostic.at(at, rule, message, suggestion=suggestion))


def _plain(text: str) -> bool | int | float | None:
    """The value of a plain scalar on which all versions of YAML agree; None if it is text or a trap."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if INTEGER.fullmatch(text) and len(text) <= MAX_INTEGER_DIGITS:
        return int(text)
    return float(text) if FLOAT.fullmatch(text) else None
