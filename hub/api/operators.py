"""Operators: operations 97 to 105 and 107 of the Supercoach surface."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, StringConstraints
from quart import Blueprint, Response

from hub.api.shapes import FreeObject, PartId, Said, said, told
from hub.errors import Invalid
from hub.hub import current_hub
from hub.operation import READS, WRITES, Surface, current_caller, operation
from hub.rendering import json_response
from hub.services.operators import OperatorView, OperatorWish
from storage.entities.user import Role

blueprint = Blueprint("operators", __name__)
T = TypeVar("T")

Text = Annotated[str, StringConstraints(max_length=400)]
Secret = Annotated[str, StringConstraints(max_length=1024)]


class OperatorBody(BaseModel):
    """The whole operator; of a change only `id` and the fields that it is about matter. `num_records` and `has_password` are answers."""

    id: PartId | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    num_records: int | None = None
    role: Text | None = None
    rfid: Secret | None = None
    password: Secret | None = None
    active: bool | None = None
    has_password: bool | None = None
    options: FreeObject | None = None


class BadgeBody(BaseModel):
    """Whose badge, and which; an empty one takes it away."""

    id: PartId | None = None
    rfid: Secret | None = None


class NameBody(BaseModel):
    """Who is looked for, whatever the case of the letters."""

    first_name: Text | None = None
    last_name: Text | None = None


class OperatorShown(BaseModel):
    """An operator. `rfid` is answered to administrators only; a password never."""

    id: str
    first_name: str
    last_name: str
    num_records: int = Field(description="finished records")
    role: Role
    rfid: str | None = None
    active: bool
    has_password: bool
    options: dict[str, Any]


class OperatorList(BaseModel):
    """The newest 1,000, oldest of them first."""

    operators: list[OperatorShown]


class OperatorsAnswer(BaseModel):
    """The source's envelope around operators."""

    status: Literal["ok"] = "ok"
    msg: OperatorList


class OperatorAnswer(BaseModel):
    """The source's envelope around one operator."""

    status: Literal["ok"] = "ok"
    msg: OperatorShown


@blueprint.get("/operator")
@operation("operators.list", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=97, answers={200: OperatorsAnswer})
async def list_operators() -> Response:
    """All operators; X-Total-Count counts them all."""
    return _list_answer(*await current_hub().operators.list(current_caller().organisation))


@blueprint.get("/operator/active")
@operation("operators.list_active", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=99, answers={200: OperatorsAnswer})
async def list_active_operators() -> Response:
    """All active operators; X-Total-Count counts them all."""
    return _list_answer(*await current_hub().operators.list(current_caller().organisation, only_active=True))


@blueprint.get("/operator/<operator_id>")
@operation("operators.get", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=102, answers={200: OperatorAnswer})
async def get_operator(operator_id: str) -> Response:
    """One operator with the number of their finished records."""
    return told(shown(await current_hub().operators.view(current_caller().organisation, operator_id)))


@blueprint.post("/operator/id")
@operation("operators.find_id", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=101, body=NameBody, answers={200: Said})
async def find_operator_id(body: NameBody) -> Response:
    """The id of the operator with this first and last name; 404 when there is none."""
    first_name = given(body.first_name, "first_name")
    return said(await current_hub().operators.find_id(current_caller().organisation, first_name, body.last_name or ""))


@blueprint.post("/operator")
@operation("operators.add", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=98, body=OperatorBody, answers={200: Said})
async def add_operator(body: OperatorBody) -> Response:
    """Adds an operator; answers the id, which the hub gives.

    `role` is operator (the default), supervisor or admin. 409 when another operator has the name or the badge. Without a password
    only a badge signs in.
    """
    wish = OperatorWish(
        first_name=body.first_name or "",
        last_name=body.last_name or "",
        role=body.role or "",
        rfid=body.rfid or "",
        password=body.password or "",
        active=body.active is not False,
        options=body.options or {},
    )
    return said(str((await current_hub().operators.add(current_caller().organisation, wish)).id))


@blueprint.put("/operator/active")
@operation(
    "operators.set_active", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=100, body=OperatorBody, answers={200: Said}
)
async def set_operator_active(body: OperatorBody) -> Response:
    """Makes an operator active or inactive. One who is inactive cannot sign in; their tokens and sockets end at once."""
    organisation, operator_id = _named(body.id)
    operator = await current_hub().operators.set_active(organisation, operator_id, given(body.active, "active"))
    return said(f"{operator.name} is {'active' if operator.active else 'inactive'}.")


@blueprint.put("/operator/role")
@operation(
    "operators.set_role", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=103, body=OperatorBody, answers={200: Said}
)
async def set_operator_role(body: OperatorBody) -> Response:
    """Sets the role: operator, supervisor or admin. It holds from the next request on; by badge alone nobody is more than a supervisor."""
    organisation, operator_id = _named(body.id)
    operator = await current_hub().operators.set_role(organisation, operator_id, given(body.role, "role"))
    return said(f"{operator.name} is {operator.role} now.")


@blueprint.put("/operator/name")
@operation(
    "operators.set_name", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=104, body=OperatorBody, answers={200: Said}
)
async def set_operator_name(body: OperatorBody) -> Response:
    """Sets first and last name; 409 when another operator is called so."""
    organisation, operator_id = _named(body.id)
    operators = current_hub().operators
    operator = await operators.set_name(organisation, operator_id, given(body.first_name, "first_name"), body.last_name or "")
    return said(f"The operator is called {operator.name} now.")


@blueprint.put("/operator/password")
@operation(
    "operators.set_password", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=105, body=OperatorBody, answers={200: Said}
)
async def set_operator_password(body: OperatorBody) -> Response:
    """Sets the password, which must meet the requirements (operation 108) and not hold the name; sign-ins by the old one end."""
    organisation, operator_id = _named(body.id)
    operator = await current_hub().operators.set_password(organisation, operator_id, given(body.password, "password"))
    return said(f"{operator.name} has a new password.")


@blueprint.put("/operator/rfid")
@operation("operators.set_rfid", role=Role.ADMIN, limit=WRITES, surface=Surface.SUPERCOACH, number=107, body=BadgeBody, answers={200: Said})
async def set_operator_rfid(body: BadgeBody) -> Response:
    """Sets the badge, or takes it away with an empty one; 409 when another operator has it. Sign-ins by the old one end."""
    organisation, operator_id = _named(body.id)
    operator = await current_hub().operators.set_rfid(organisation, operator_id, given(body.rfid, "rfid"))
    return said(f"{operator.name} has {'a new' if operator.rfid else 'no'} badge.")


def shown(view: OperatorView) -> dict[str, Any]:
    """An operator as the caller may see them."""
    operator = view.operator
    fields = operator.model_dump(mode="json", include={"first_name", "last_name", "role", "active", "options"})
    badge = {"rfid": operator.rfid} if current_caller().is_admin else {}
    return {"id": str(operator.id), **fields, "num_records": view.num_records, "has_password": bool(operator.password_hash), **badge}


def _list_answer(views: Any, total: int) -> Response:
    body = {"status": "ok", "msg": {"operators": [shown(view) for view in views]}}
    return json_response(body, headers={"X-Total-Count": str(total)})


def _named(operator_id: str | None) -> tuple[str, str]:
    """The caller's organisation and the operator's id."""
    return current_caller().organisation, given(operator_id, "id")


def given(value: T | None, field: str) -> T:
    """What the operation cannot do without. Raises Invalid naming the field."""
    if value is None:
        raise Invalid(f"{field} is needed.", field=field)
    return value
