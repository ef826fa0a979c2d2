"""Keys of machine clients."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel, StringConstraints
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response, list_response
from hub.timestamps import iso
from storage.entities.user import ApiKey, Role

blueprint = Blueprint("api_keys", __name__)


class NewApiKey(BaseModel):
    """A key to be made: read-only = viewer, read-write = operator. `network_ids` are those of the devices that it may see."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    role: Literal["read-only", "read-write"]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] = 90
    network_ids: Annotated[list[int], Field(max_length=1000)] = []


class ApiKeyShown(BaseModel):
    """A key; `key` is the secret itself, told only by the answer that made it. POST /api/v1/oauth/token takes them as client_id = `id` and
    client_secret = `key`."""

    id: str
    name: str
    role: str
    created_at: str
    expires_at: str
    network_ids: list[int]
    key: str | None = None


class ApiKeysShown(RootModel[list[ApiKeyShown]]):
    """All keys of the organisation, without their secrets."""


@blueprint.get("/api/v1/api-keys")
@operation("api_keys.list", role=Role.ADMIN, limit=READS, surface=Surface.TRACKMYMACHINES, answers={200: ApiKeysShown})
async def list_api_keys() -> Response:
    """All keys of the organisation; their secrets are never told again."""
    keys, organisation = current_hub().api_keys, current_caller().organisation
    return list_response([_shown(key) for key in await keys.list(organisation)], await keys.count(organisation))


@blueprint.post("/api/v1/api-keys")
@operation(
    "api_keys.make", role=Role.ADMIN, limit=WRITES, surface=Surface.TRACKMYMACHINES, body=NewApiKey, strict=True, answers={201: ApiKeyShown}
)
async def make_api_key(body: NewApiKey) -> Response:
    """Makes a key and tells it this once."""
    key, secret = await current_hub().api_keys.make(
        current_caller().organisation, body.name, body.role, body.expires_in_days, tuple(body.network_ids)
    )
    return json_response({**_shown(key), "key": secret}, 201)


@blueprint.delete("/api/v1/api-keys/<key_id>")
@operation("api_keys.delete", role=Role.ADMIN, limit=WRITES, surface=Surface.TRACKMYMACHINES, answers={204: None})
async def delete_api_key(key_id: str) -> Response:
    """Ends a key and its sockets at once."""
    await current_hub().api_keys.delete(current_caller().organisation, key_id)
    return Response(b"", 204)


def _shown(key: ApiKey) -> dict[str, object]:
    times = {"created_at": iso(key.created_at_ms), "expires_at": iso(key.expires_at_ms)}
    return {"id": key.id, "name": key.name, "role": key.role, "network_ids": list(key.network_ids), **times}
