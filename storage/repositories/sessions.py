"""Sessions: each change of state goes with the facts and intervals it causes, in one step."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import keys
from storage.commit import Commit, Refused
from storage.database import Database
from storage.entities.assembly import Assembly
from storage.entities.event import EventChange
from storage.entities.session import Session
from storage.errors import AlreadyExists, NotStored, StationBusy, VersionConflict
from storage.facts import Facts, FactsSince, Position
from storage.repositories.assembly_records import ended_at_ms, record_lists
from storage.repositories.base import Entities


class AssemblyChanged(VersionConflict):
    """The assembly on whose steps a change of a session was decided is another since: read it and decide again."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The session as it is stored now and the positions of its facts, in order."""

    session: Session
    positions: list[Position]


class Sessions(Entities[Session]):
    """At most one session is open at a station; finished ones stay readable as records. Written only by `start` and `commit`."""

    noun = "session"
    model = Session

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._facts = Facts(db)

    def _index_key(self, organisation: str) -> str:
        return keys.assembly_records(organisation)

    # --- reads --------------------------------------------------------------------------------------------
    async def open_by_station(self, organisation: str, station: str) -> Session | None:
        """The session that is open at a station."""
        id_ = await self._db.redis.get(keys.station_session(organisation, station))
        return None if id_ is None else await self.find(organisation, id_.decode())

    async def all_open(self, organisation: str) -> list[Session]:
        """All open sessions, by their start."""
        ids = sorted(id_.decode() for id_ in await self._db.redis.smembers(keys.open_sessions(organisation)))
        return sorted(await self._many(organisation, ids), key=lambda session: session.started_at_ms)

    async def history(self, organisation: str, limit: int = 1000) -> list[Session]:
        """The last `limit` by start, open ones included, newest first."""
        return (await self._newest(organisation, self._index_key(organisation), limit))[::-1]

    async def position(self, organisation: str, station: str) -> Position:
        """Where a station's facts stand."""
        return await self._facts.position(keys.coaching_facts(organisation, station))

    async def facts_since(self, organisation: str, station: str, epoch: str, offset: str, limit: int = 1000) -> FactsSince:
        """A station's facts after a position, all or none."""
        return await self._facts.since(keys.coaching_facts(organisation, station), epoch, offset, limit)

    # --- writes -------------------------------------------------------------------------------------------
    async def start(
        self, session: Session, facts: Sequence[bytes], changes: Sequence[EventChange], assembly: Assembly | None = None
    ) -> list[Position]:
        """Opens a session with its first facts (JSON) and intervals. Raises StationBusy, AlreadyExists; given the assembly as it was
        read, VersionConflict when it was saved since and NotStored when it is gone."""
        organisation = session.organisation
        commit = Commit(self._db, organisation)
        taken = keys.station_session(organisation, session.station_id)
        commit.expect_absent(taken, "busy")
        if assembly is not None:
            commit.expect_version(keys.entity(organisation, "assembly", assembly.id), assembly.version)
        self._put_new(commit, session)
        commit.call("SET", taken, session.id)
        commit.call("SADD", keys.open_sessions(organisation), session.id)
        commit.call("SADD", keys.coached_sessions(organisation, session.assembly_id), session.id)
        self._announce(commit, session, facts, changes)
        try:
            return await commit.run()
        except Refused as refused:
            if refused.reason == "busy":
                raise StationBusy(refused.found) from refused
            if refused.reason == "version":
                raise VersionConflict(f"assembly {session.assembly_id} was saved since: version {refused.found}") from refused
            raise AlreadyExists(refused.reason) from refused

    async def commit(
        self, session: Session, facts: Sequence[bytes], changes: Sequence[EventChange], assembly: Assembly | None = None
    ) -> Committed:
        """Saves a session over the version that was read, with the facts (JSON) and intervals of the change; one that is complete or
        cancelled frees its station. Raises VersionConflict: nothing was written, another hub goes on with it; given the assembly as it
        was read, AssemblyChanged when it was saved since or is gone."""
        organisation = session.organisation
        commit = Commit(self._db, organisation)
        saved = self._put(commit, session, None)
        if assembly is not None:
            commit.expect_field(keys.entity(organisation, "assembly", assembly.id), "version", str(assembly.version), "assembly")
        if saved.has_ended:
            commit.call("DEL", keys.station_session(organisation, session.station_id))
            commit.call("SREM", keys.open_sessions(organisation), session.id)
            commit.call("SREM", keys.coached_sessions(organisation, session.assembly_id), session.id)
            for index in record_lists(saved):
                commit.call("ZADD", index, ended_at_ms(saved), saved.id)
        self._announce(commit, saved, facts, changes)
        try:
            return Committed(saved, await commit.run())
        except Refused as refused:
            kind = AssemblyChanged if refused.reason == "assembly" else VersionConflict
            raise kind(f"session {session.id} or its assembly was saved since ({refused.reason} {refused.found})") from refused
        except NotStored as error:
            if assembly is None:
                raise
            raise AssemblyChanged(f"assembly {assembly.id} is gone") from error

    def _announce(self, commit: Commit, session: Session, facts: Sequence[bytes], changes: Sequence[EventChange]) -> None:
        stream = keys.coaching_facts(session.organisation, session.station_id)
        for fact in facts:
            commit.fact(stream, fact, keys.FACTS_KEPT)
        for change in changes:
            commit.event(change)
        commit.publish(keys.focus(session.organisation), session.station_id.encode())

    # --- who runs a station -------------------------------------------------------------------------------
    async def take_lease(self, organisation: str, station: str, holder: str) -> bool:
        """Makes this hub the one that runs a station, for keys.LEASE_TTL_MS; False when another is."""
        return await self._lease("take", organisation, station, holder)

    async def renew_lease(self, organisation: str, station: str, holder: str) -> bool:
        """Prolongs the own lease; False when it was lost: stop at once."""
        return await self._lease("renew", organisation, station, holder)

    async def drop_lease(self, organisation: str, station: str, holder: str) -> bool:
        """Gives the own lease up, so that another hub need not wait for its end."""
        return await self._lease("drop", organisation, station, holder)

    async def _lease(self, move: str, organisation: str, station: str, holder: str) -> bool:
        return bool(await self._db.run("lease", [keys.station_lease(organisation, station)], move, holder, keys.LEASE_TTL_MS))
