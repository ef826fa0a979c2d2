"""Every key and channel of Redis, with its hash tag and its bound; nowhere else is one spelled.

The hash tag of a tenant's keys is the organisation, so that one script may touch them all on a cluster.
"""

# Streams that only serve the resume of a socket keep this many facts (about a shift of coaching at one station).
FACTS_KEPT = 20_000
# Commands and answers are consumed within seconds; the cap only bounds a consumer that is down.
COMMANDS_KEPT = 1_000
# A write that is repeated after a lost reply comes within seconds.
APPLIED_TTL_S = 120
# A repeated delivery of a command comes within its deadline; a day also covers a consumer that was down.
COMMAND_DONE_TTL_S = 86_400
ANSWER_TTL_S = 60
# A hub that stops renewing loses its station after this long.
LEASE_TTL_MS = 3_000


def _k(organisation: str, *parts: str) -> str:
    return ":".join(("takt:{" + organisation + "}", *parts))


# --- entities ------------------------------------------------------------------------------------------------
ORGANISATIONS = "takt:organisations"
"""Set of organisation names."""
EMAILS = "takt:emails"
"""Hash: lower-case e-mail → "organisation user_id" (an address signs in to one organisation)."""
API_KEYS = "takt:api-keys"
"""Hash: SHA-256 of a key → "organisation key_id"."""
SCHEMA = "takt:schema"
"""Number of the form in which the data are stored."""
JWT_SECRET = "takt:jwt-secret"
"""The signing secret of the whole installation."""


def organisation(name: str) -> str:
    return _k(name, "organisation")


def entity(organisation: str, noun: str, id_: str) -> str:
    """JSON of one entity."""
    return _k(organisation, noun, id_)


def entities(organisation: str, noun: str) -> str:
    """Sorted set of a noun's ids, by creation time."""
    return _k(organisation, noun + "s")


def owned(organisation: str, noun: str, owner_id: str) -> str:
    """Sorted set of the ids of a noun that belong to one owner (an assembly's recordings), by creation time."""
    return _k(organisation, noun + "s-of", owner_id)


def model_numbers(organisation: str, assembly: str) -> str:
    """Hash: number of a model version → its id."""
    return _k(organisation, "model-numbers", assembly)


def applied(organisation: str, commit_id: str) -> str:
    """The outcome of one write, so that its repetition after a lost reply has no second effect; expires after APPLIED_TTL_S."""
    return _k(organisation, "applied", commit_id)


def sign_in(organisation: str, id_: str) -> str:
    """One sign-in; expires with its refresh token."""
    return _k(organisation, "sign-in", id_)


def sign_in_code(code_sha256: str) -> str:
    """A one-time sign-in of the console; expires after minutes, deleted by its use."""
    return "takt:sign-in-code:" + code_sha256


def login_failures(account_sha256: str) -> str:
    """Counter of failed log-ins of one account, expiring."""
    return "takt:login-failures:" + account_sha256


def rate_limit(caller_sha256: str) -> str:
    """When a caller's next request of one operation is due at the steady rate; expires when that is past."""
    return "takt:allowance:" + caller_sha256


def revoked(organisation: str, id_: str) -> str:
    """Marks a token without a user (by its jti) as ended; expires with the token."""
    return _k(organisation, "revoked", id_)


# --- coaching ------------------------------------------------------------------------------------------------
def station_session(organisation: str, station: str) -> str:
    """Id of the session that is open at a station, if any."""
    return _k(organisation, "station-session", station)


def open_sessions(organisation: str) -> str:
    """Set of the ids of sessions that are open at any station."""
    return _k(organisation, "open-sessions")


def station_lease(organisation: str, station: str) -> str:
    """Which hub runs the station's session; expires after LEASE_TTL_MS."""
    return _k(organisation, "lease", station)


def coaching_facts(organisation: str, station: str) -> str:
    """Stream of a station's coaching facts, capped at FACTS_KEPT; its channel has the same name."""
    return _k(organisation, "facts", "coaching", station)


def epoch(stream: str) -> str:
    """Birth mark of a stream."""
    return stream + ":epoch"


def assembly_records(organisation: str) -> str:
    """Sorted set of all sessions' ids by start, finished ones included."""
    return _k(organisation, "assembly-records")


def training_context(organisation: str) -> str:
    """The "global training context": assembly id and the open recording."""
    return _k(organisation, "training-context")


# --- timeline ------------------------------------------------------------------------------------------------
def intervals(organisation: str, machine: str) -> str:
    """Stream of everything that happened to a machine's intervals, in order of arrival: the truth. Trimmed only by retention."""
    return _k(organisation, "intervals", machine)


def timeline(organisation: str) -> str:
    """Stream of all machines' timeline facts for `timeline:*`, capped at FACTS_KEPT; its channel has the same name."""
    return _k(organisation, "timeline")


def event_json(organisation: str, machine: str) -> str:
    """Hash: event id → "start end class type " and the ready JSON of the event."""
    return _k(organisation, "event-json", machine)


def event_index_prefix(organisation: str, machine: str) -> str:
    """What every `event_index` of a machine starts with; scripts append the length class."""
    return _k(organisation, "index", machine, "")


def event_index(organisation: str, machine: str, length_class: int) -> str:
    """Sorted set: event id by end (ms), of the events whose duration in ms has `length_class` bits."""
    return event_index_prefix(organisation, machine) + str(length_class)


def event_machines(organisation: str) -> str:
    """Set of the machines that have events."""
    return _k(organisation, "event-machines")


def event_classes(organisation: str, machine: str) -> str:
    """Set of the length classes that a machine's index has."""
    return _k(organisation, "classes", machine)


def open_events(organisation: str, machine: str) -> str:
    """Sorted set: id of an event in flight by start (ms)."""
    return _k(organisation, "open", machine)


def machine_identifiers(organisation: str) -> str:
    """Hash: machine_identifier → machine id."""
    return _k(organisation, "machine-identifiers")


# --- channels that keep nothing -------------------------------------------------------------------------------
def predictions(organisation: str, station: str) -> str:
    return _k(organisation, "predictions", station)


def coaching_latest(organisation: str, station: str) -> str:
    """The PREDICTION messages of /coach, ready as JSON, from the hub that runs the station to those whose clients follow it."""
    return _k(organisation, "coaching-latest", station)


def pictures(organisation: str, station: str, width: int) -> str:
    """JPEGs of one width; vision encodes only the widths in demand."""
    return _k(organisation, "pictures", station, str(width))


def picture_demand(organisation: str, station: str, width: int) -> str:
    """Greatest frames/s that a subscriber asked for; expires unless renewed."""
    return _k(organisation, "picture-demand", station, str(width))


def focus(organisation: str) -> str:
    """Channel: "something changed about which step a station watches"; vision then reads the session."""
    return _k(organisation, "focus")


def training(organisation: str, assembly: str) -> str:
    """Channel of a training run's progress."""
    return _k(organisation, "training", assembly)


def pushed_frames(organisation: str, station: str) -> str:
    """Channel hub → vision of pushed frames; the hub keeps each until vision acknowledges it."""
    return _k(organisation, "pushed-frames", station)


def pushed_done(organisation: str, station: str) -> str:
    """Channel vision → hub: numbers of frames that were inferred."""
    return _k(organisation, "pushed-done", station)


def source_state(organisation: str, station: str) -> str:
    """State of a station's camera (key, expiring); its channel has the same name."""
    return _k(organisation, "source", station)


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
    return _k(organisation, "control")


# --- commands -------------------------------------------------------------------------------------------------
def commands(organisation: str, consumer: str) -> str:
    """Stream of commands to "vision", "trainer" or "jobs", capped at COMMANDS_KEPT."""
    return _k(organisation, "commands", consumer)


def answer(organisation: str, command_id: str) -> str:
    """List with the one answer of a command; expires after ANSWER_TTL_S."""
    return _k(organisation, "answer", command_id)


def command_done(organisation: str, command_id: str) -> str:
    """Marks a command whose effect happened, so that a second delivery has none; expires."""
    return _k(organisation, "done", command_id)
