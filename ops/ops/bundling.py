"""`contracts/asyncapi.yaml` in one piece, as the door serves it: `make schemas` writes it into the package.

Partners get one file that needs no other: schemas stand in it as components, examples as they are.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

import contracts

ROOM: Final = Path(contracts.__file__).parents[1]
SOURCE: Final = ROOM / "asyncapi.yaml"
BUNDLED: Final = Path(contracts.__file__).parent / "asyncapi.yaml"
_HEAD: Final = "# Made from contracts/asyncapi.yaml, schemas/ and examples/ by `make schemas`: change those.\n"
_ITS_OWN: Final = ("$schema", "$id")  # say what a file is; inside the document they would move its references


class _Plain(yaml.SafeDumper):
    """What stands twice is written twice: not every reader of YAML knows anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the library gives it
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Lines stand as lines."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _Plain.represent_text)


def in_one_piece(document: Any, room: Path = ROOM) -> Any:
    """The document with every file that it refers to taken in. KeyError or OSError where a reference is dead."""
    schemas: dict[str, Any] = {}

    def taken_in(node: Any) -> Any:
        if isinstance(node, list):
            return [taken_in(each) for each in node]
        if not isinstance(node, dict):
            return node
        said = node.get("$ref", "#")
        if said.startswith("#"):
            return {name: taken_in(each) for name, each in node.items()}
        file, _, pointer = said.partition("#")
        found = json.loads((room / file).read_text(encoding="utf-8"))
        if not file.startswith("schemas/"):
            return pointed_at(found, pointer)
        name = Path(file).stem
        schemas[name] = _as_component(found, name)
        return {"$ref": f"#/components/schemas/{name}"}

    whole = taken_in(document)
    whole["components"]["schemas"] |= dict(sorted(schemas.items()))
    return whole


def pointed_at(document: Any, pointer: str) -> Any:
    """What a JSON pointer points at. KeyError if nothing."""
    for step in pointer.split("/")[1:]:
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document


def _as_component(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """A schema that was a document, as a part of another: what it says of itself begins at its new place."""
    inside = json.dumps({key: said for key, said in schema.items() if key not in _ITS_OWN})
    moved: dict[str, Any] = json.loads(inside.replace('"#/$defs/', f'"#/components/schemas/{name}/$defs/'))
    return moved


def written() -> str:
    """The text of the bundled document."""
    whole = in_one_piece(yaml.safe_load(SOURCE.read_text(encoding="utf-8")))
    return _HEAD + yaml.dump(whole, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def main() -> int:
    """Write it into the package of a checkout."""
    BUNDLED.write_text(written(), encoding="utf-8")
    print(f"the contract as AsyncAPI in {BUNDLED}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
