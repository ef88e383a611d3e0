"""JSON Schemas (2020-12) of payloads and of what partners get back, from the models: `make schemas` writes them.

Only keywords that every library checks are used. What no schema can say (times that agree, a target that is another
event) only the codec and the gates check.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from contracts.connectivity import Connectivity
from contracts.receipt import Receipt
from contracts.topics import EVENT_TYPES

FOLDER: Final = Path(__file__).parents[1] / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """Without the titles that only repeat each field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def models() -> dict[str, type[BaseModel]]:
    """Each schema's name and its model; a `canonical` one stands beside where the gate changes the payload."""
    named: dict[str, type[BaseModel]] = {}
    for kind in EVENT_TYPES.values():
        named[f"{kind.event}.v1"] = kind.payload
        if kind.canonical is not kind.payload:
            named[f"{kind.event}.canonical.v1"] = kind.canonical
    return named | {"receipt.v1": Receipt, "connectivity.v1": Connectivity}


def schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one model, as a document of its own."""
    mode: JsonSchemaMode = "serialization" if model in (Receipt, Connectivity) else "validation"
    said = model.model_json_schema(by_alias=True, schema_generator=_Plain, mode=mode)
    return {"$schema": _DIALECT, "$id": f"urn:footing:schema:{name}", **said}


def written() -> dict[str, str]:
    """File name and text of each schema."""
    return {
        f"{name}.json": json.dumps(schema(name, model), indent=2, ensure_ascii=False) + "\n"
        for name, model in models().items()
    }


def main() -> int:
    """Write the schemas beside the package of a checkout."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(written())} schemas in {FOLDER}", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
