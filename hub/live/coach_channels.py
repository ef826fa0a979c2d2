"""What a follower of a station hears on /coach: the facts of its coaching, and the newest PREDICTION."""

from functools import partial

from hub.live.channel import Channel, FactSource
from hub.live.push import JsonPush
from hub.services.coaching import CoachingService
from hub.services.coaching_messages import placed
from storage import keys
from storage.channels import unpack_fact
from storage.facts import Position, StoredFact


def facts_channel(coaching: CoachingService, organisation: str, station: str) -> Channel:
    """All facts of a station, in the envelope of /coach. Its state is the last state as one msg."""

    async def state() -> tuple[object | None, Position]:
        view = await coaching.station_view(organisation, station)
        return view.message, view.position

    return Channel(
        name=f"coaching:{station}",
        key=f"coach:{organisation}:{station}",
        source=keys.coaching_facts(organisation, station),
        read=lambda payload: push_of(unpack_fact(payload)),
        state=state,
        facts=FactSource(since=partial(coaching.facts_since, organisation, station), push=push_of),
    )


def predictions_channel(organisation: str, station: str) -> Channel:
    """The newest PREDICTION of a station, in the envelope of /coach."""
    return Channel(
        name=f"coaching-latest:{station}",
        key=f"coach-latest:{organisation}:{station}",
        source=keys.coaching_latest(organisation, station),
        read=lambda payload: JsonPush(b'{"status":"ok","msg":%s}' % payload),
    )


def push_of(fact: StoredFact) -> JsonPush:
    """A fact with its place, as /coach sends it."""
    msg = placed(fact.fact, fact.epoch, fact.offset)
    return JsonPush(b'{"status":"ok","msg":%s}' % msg, fact.epoch, fact.offset)
