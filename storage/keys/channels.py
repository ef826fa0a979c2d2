"""Channels that keep nothing, and states that expire."""

from storage.keys.base import tenant_key as _key


def predictions(organisation: str, station: str) -> str:
    return _key(organisation, "predictions", station)


def coaching_latest(organisation: str, station: str) -> str:
    """The PREDICTION messages of /coach, ready as JSON, from the hub that runs the station to those whose clients follow it."""
    return _key(organisation, "coaching-latest", station)


def pictures(organisation: str, station: str, width: int) -> str:
    """JPEGs of one width; vision encodes only the widths in demand."""
    return _key(organisation, "pictures", station, str(width))


def picture_demand(organisation: str, station: str, width: int) -> str:
    """Greatest frames/s that a subscriber asked for; expires unless renewed."""
    return _key(organisation, "picture-demand", station, str(width))


def focus(organisation: str) -> str:
    """Channel: "something changed about which step a station watches"; vision then reads the session."""
    return _key(organisation, "focus")


def training(organisation: str, assembly: str) -> str:
    """Channel of a training run's progress."""
    return _key(organisation, "training", assembly)


def pushed_frames(organisation: str, station: str) -> str:
    """Channel hub → vision of pushed frames; the hub keeps each until vision acknowledges it."""
    return _key(organisation, "pushed-frames", station)


def pushed_done(organisation: str, station: str) -> str:
    """Channel vision → hub: numbers of frames that were inferred."""
    return _key(organisation, "pushed-done", station)


def source_state(organisation: str, station: str) -> str:
    """State of a station's camera (key, expiring); its channel has the same name."""
    return _key(organisation, "source", station)


def component(name: str) -> str:
    """Heartbeat of one process, expiring."""
    return "takt:component:" + name


COMPONENTS = "takt:component:*"
WORKER_METRICS = "takt:worker-metrics:*"


def worker_metrics(worker: str) -> str:
    """Numbers of one hub process as Prometheus reads them, expiring."""
    return "takt:worker-metrics:" + worker


HEALTH = "takt:health"
"""Channel of component states."""
CANARY = "takt:canary"
"""Channel a subscriber hears itself on, to notice that it is dead."""


def canary(subscriber_id: str) -> str:
    """One subscriber's own canary channel."""
    return CANARY + ":" + subscriber_id


def control(organisation: str) -> str:
    """Channel: sign-ins revoked, stations taken over, users made inactive: sockets close at once."""
    return _key(organisation, "control")
