"""Tokens for programs: an API key is a client, its id the client_id and the key itself the client_secret."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import Limit, Surface, operation
from hub.rendering import json_response

blueprint = Blueprint("oauth", __name__)

# A program asks every five minutes; this bounds what one address may guess, and leaves room for the many behind one.
GRANTS = Limit(60)
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Grant(BaseModel):
    """Client credentials, as a form. Other fields, such as a scope, are passed over."""

    grant_type: Literal["client_credentials"]
    client_id: Word
    client_secret: Word


class Granted(BaseModel):
    """A token that says in `network_ids` which networks it may see; it ends with its key."""

    access_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"


@blueprint.post("/api/v1/oauth/token")
@operation("oauth.token", role=None, limit=GRANTS, surface=Surface.VIANA, body=Grant, form=True, answers={200: Granted})
async def grant_token(body: Grant) -> Response:
    """A token for five minutes, for the id and the secret of an API key; a wrong client and a wrong secret are told alike."""
    token, expires_in_s = await current_hub().auth.issue_client_token(body.client_id, body.client_secret)
    return json_response(Granted(access_token=token, expires_in=expires_in_s).model_dump())
