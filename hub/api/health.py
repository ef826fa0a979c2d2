"""Alive, ready, well; and the numbers of Prometheus."""

from dataclasses import asdict

from pydantic import BaseModel
from quart import Blueprint, Response

from hub.hub import current_hub
from hub.operation import READS, Limit, current_caller, operation
from hub.rendering import json_response
from storage.entities.user import Role

blueprint = Blueprint("health", __name__)

# Probes and load balancers ask often, from one address.
PROBES = Limit(1200, shared=False)


class Alive(BaseModel):
    """This process answers."""

    status: str


class Ready(BaseModel):
    """Whether this hub can serve; `missing` names what it lacks."""

    status: str
    missing: list[str]


class ComponentShown(BaseModel):
    """One part: ok, degraded or missing, why, and the age of its last word in seconds."""

    name: str
    state: str
    reason: str
    age_s: float | None


class HealthShown(BaseModel):
    """All parts and the worst of their states; `durable` = what is acknowledged survives the death of the store."""

    state: str
    durable: bool
    store: str
    components: list[ComponentShown]


@blueprint.get("/health/live")
@operation("health.live", role=None, limit=PROBES, answers={200: Alive})
async def live() -> Response:
    """Says that this process answers; asks nothing else."""
    return json_response({"status": "ok"})


@blueprint.get("/health/ready")
@operation("health.ready", role=None, limit=PROBES, answers={200: Ready, 503: Ready})
async def ready() -> Response:
    """200 when this hub can serve, else 503 naming what is missing."""
    missing = await current_hub().health.missing()
    return json_response({"status": "error" if missing else "ok", "missing": missing}, 503 if missing else 200)


@blueprint.get("/health")
@operation("health.components", role=Role.VIEWER, limit=READS, answers={200: HealthShown})
async def components() -> Response:
    """How every process, the store and the organisation's cameras are."""
    return json_response(asdict(await current_hub().health.report(current_caller().organisation)))


@blueprint.get("/metrics")
@operation("health.metrics", role=Role.VIEWER, limit=READS, answers={200: "text/plain"})
async def metrics() -> Response:
    """Numbers for Prometheus, of all hub processes.

    Each series carries its process as the label `worker`, so sums are true; those of stations are told to their organisation alone.
    """
    return Response(
        await current_hub().numbers.joined(current_caller().organisation), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
