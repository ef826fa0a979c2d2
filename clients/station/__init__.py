"""The station client: pushes a camera's frames, starts and interrupts units, and hears every event once and in order."""

from clients.station.client import StationClient
from clients.station.errors import ConnectionClosed, OutcomeUnknown, Refused, StationError
from clients.station.events import CoachEvent, Place, StepSeen
from clients.station.rest import NotReached, RestClient

__all__ = [
    "CoachEvent",
    "ConnectionClosed",
    "NotReached",
    "OutcomeUnknown",
    "Place",
    "Refused",
    "RestClient",
    "StationClient",
    "StationError",
    "StepSeen",
]
