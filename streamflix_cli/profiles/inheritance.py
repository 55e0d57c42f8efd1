"""`extends`: a profile laid over its parents, every value keeping the position where it was written."""

from dataclasses import dataclass
from pathlib import Path

from streamflix_cli.profiles.diagnostics import Diagnostic, Position, ProfileFaultError
from streamflix_cli.profiles.near import did_you_mean
from streamflix_cli.profiles.nodes import Document, Entry, Node, read

EXTENDS = "extends"
MATCH = "match"
FILE_KEYS = (EXTENDS, MATCH)
"""Top-level keys that speak about the file and are no part of `Profile`."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A profile laid over its parents.

    Args:
        document: The file itself, not merged.
        root: The mapping of sections after merging, without `extends` and `match`.
        match: The file's own `match`; it is not inherited.
        ancestors: Files it inherits from, nearest first.
        diagnostics: What was found while reading this file and its parents.
    """

    document: Document
    root: Node
    match: Entry | None
    ancestors: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...]


class Folder:
    """The profiles of one folder, each file read once.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[Path, Document] = {}

    def file(self, name: str) -> Path:
        """The file of the profile called `name`."""
        return self.path / f"{name}.yaml"

    def names(self) -> list[str]:
        """Names of the profiles, sorted; none if there is no such folder."""
        return sorted(path.stem for path in self.path.glob("*.yaml"))

    def document(self, path: Path) -> Document:
        """The file as a tree.

        Raises:
            ProfileFaultError: It cannot be read as one mapping.
        """
        if path not in self._read:
            self._read[path] = read(path, shown(path))
        return self._read[path]

    def merged(self, path: Path) -> Merged:
        """The file over its parents: maps merge in depth, lists and scalars replace.

        Raises:
            ProfileFaultError: The file or a parent cannot be read, or `extends` is wrong.
        """
        document = self.document(path)
        chain, current = [path], document
        while (parent := self._parent(current)) is not None:
            at, file = parent
            if file in chain:
                cycle = " -> ".join(item.stem for item in [*chain[chain.index(file) :], file])
                raise ProfileFaultError(Diagnostic.at(at, "SFX112", f"`extends` runs in a circle: {cycle}."))
            chain.append(file)
            current = self.document(file)
        documents = [self.document(file) for file in chain]
        root = _sections(documents[-1].root)
        for child in reversed(documents[:-1]):
            root = _overlay(root, _sections(child.root))
        entries = document.root.value
        return Merged(
            document=document,
            root=root,
            match=entries.get(MATCH) if isinstance(entries, dict) else None,
            ancestors=tuple(chain[1:]),
            diagnostics=tuple(found for one in documents for found in one.diagnostics),
        )

    def _parent(self, document: Document) -> tuple[Position, Path] | None:
        entries = document.root.value
        entry = entries.get(EXTENDS) if isinstance(entries, dict) else None
        if entry is None:
            return None
        name, at = entry.node.value, entry.node.at
        if not isinstance(name, str):
            message = "`extends` takes the name of one profile, as `extends: base`."
            raise ProfileFaultError(Diagnostic.at(at, "SFX111", message))
        known = self.names()
        if name not in known:
            others = [one for one in known if one != document.source.path.stem]
            raise ProfileFaultError(
                Diagnostic.at(
                    at,
                    "SFX111",
                    f"`extends` names `{name}`, but there is no {shown(self.path)}/{name}.yaml.",
                    suggestion=did_you_mean(name.removesuffix(".yaml"), others),
                )
            )
        return at, self.file(name)


def shown(path: Path) -> Path:
    """A path as the user would write it: relative to the current folder where it lies inside."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _sections(root: Node) -> Node:
    entries = root.value if isinstance(root.value, dict) else {}
    return Node({key: entry for key, entry in entries.items() if key not in FILE_KEYS}, root.at)


def _overlay(parent: Node, child: Node) -> Node:
    if not isinstance(parent.value, dict) or not isinstance(child.value, dict):
        return child
    merged = dict(parent.value)
    for key, entry in child.value.items():
        inherited = merged.get(key)
        merged[key] = Entry(entry.key_at, _overlay(inherited.node, entry.node)) if inherited else entry
    return Node(merged, child.at)
