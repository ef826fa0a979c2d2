"""Who is connected to this process, by organisation."""

from collections.abc import Callable, Iterator

from hub.live.connection import Connection
from hub.protocol.close_codes import CloseCode


class Roster:
    """All authenticated connections."""

    def __init__(self) -> None:
        self._by_organisation: dict[str, set[Connection]] = {}

    def __len__(self) -> int:
        return sum(len(connections) for connections in self._by_organisation.values())

    def __iter__(self) -> Iterator[Connection]:
        for connections in list(self._by_organisation.values()):
            yield from list(connections)

    def add(self, connection: Connection) -> None:
        """Enters a connection."""
        self._by_organisation.setdefault(connection.caller.organisation, set()).add(connection)

    def discard(self, connection: Connection) -> None:
        """Strikes a connection off; one that is not there changes nothing."""
        if not connection.is_admitted:
            return
        organisation = connection.caller.organisation
        known = self._by_organisation.get(organisation, set())
        known.discard(connection)
        if not known:
            self._by_organisation.pop(organisation, None)

    def end(self, organisation: str, concerns: Callable[[Connection], bool], code: CloseCode, reason: str) -> None:
        """Ends the connections of an organisation that are concerned."""
        for connection in list(self._by_organisation.get(organisation, ())):
            if concerns(connection):
                connection.end(code, reason)

    def end_all(self, code: CloseCode, reason: str) -> None:
        """Ends every connection."""
        for connection in self:
            connection.end(code, reason)
