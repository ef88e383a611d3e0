"""YAML with its places: plain values, and for each path in them the file and line where it stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from schemes.mistakes import Mistake, SchemeMistakes

Step = str | int
Place = tuple[str, int]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, ten times faster, where it was built in


@dataclass
class Document:
    """What a file says (`value`; lists as tuples) and where it says it."""

    file: str
    value: Any = None
    places: dict[tuple[Step, ...], Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def mistake(self, path: tuple[Step, ...], expected: str) -> Mistake:
        """A mistake at this path, or at the nearest place above it that the file has."""
        known = path
        while known not in self.places and known:
            known = known[:-1]
        file, line = self.places.get(known, (self.file, 1))
        return Mistake(file, line, ".".join(str(step) for step in path) or "the file", expected)

    def put(self, key: str, other: "Document") -> None:
        """Takes the other file's content as the value of a key, and keeps its places."""
        self.value[key] = other.value
        self.places.update({(key, *path): place for path, place in other.places.items()})


def read(path: Path, folder: Path) -> Document:
    """The document of a file, named relative to its folder. Raises `SchemeMistakes` if it is not YAML."""
    file = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    document = Document(file)
    try:
        loader = LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        document.value = _value(node, (), document, loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SchemeMistakes([Mistake(file, line, "the file", f"YAML; {error.problem}")]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SchemeMistakes([Mistake(file, 1, "the file", "YAML in UTF-8")]) from error
    if document.mistakes:
        raise SchemeMistakes(document.mistakes)
    return document


def _value(node: yaml.Node | None, path: tuple[Step, ...], document: Document, loader: yaml.SafeLoader) -> object:
    """The node as a plain value; its line and those of all below it are noted on the way."""
    if node is None:
        return None
    document.places.setdefault(path, (document.file, node.start_mark.line + 1))
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(item, (*path, number), document, loader) for number, item in enumerate(node.value))
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, path, document, loader)
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        document.places[(*path, key)] = (document.file, key_node.start_mark.line + 1)
        if key in found:
            document.mistakes.append(document.mistake((*path, key), "said once; it stands here a second time"))
        found[key] = _value(value_node, (*path, key), document, loader)
    return found


def _scalar(node: yaml.Node, path: tuple[Step, ...], document: Document, loader: yaml.SafeLoader) -> object:
    try:
        return loader.construct_object(node)
    except ValueError:  # such as the 31st of June
        document.mistakes.append(document.mistake(path, "a value that exists, such as a date of the calendar"))
        return None
