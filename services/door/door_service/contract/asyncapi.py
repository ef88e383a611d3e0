"""The contract as AsyncAPI, for machines: one file that needs no other."""

from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Response

_YAML: Final = "application/yaml"
_SAID: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "AsyncAPI 3", "content": {_YAML: {"schema": {"type": "string"}}}}
}


def asyncapi_routes() -> APIRouter:
    """The route of the document. It is in the package of the contracts, as `make schemas` made it."""
    text = files("contracts").joinpath("asyncapi.yaml").read_bytes()
    api = APIRouter(tags=["contract"])

    @api.get("/asyncapi.yaml", response_class=Response, responses=_SAID, operation_id="asyncapi")
    async def asyncapi() -> Response:
        """Every channel of a partner on Kafka and over HTTP: keys, headers, payloads, receipts, examples."""
        return Response(text, media_type=_YAML, headers={"Cache-Control": "max-age=300"})

    return api
