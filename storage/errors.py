"""What storage can refuse.

StoreError
├─ NotStored          nothing is stored under this id
├─ AlreadyExists      an id or a unique value (an e-mail, a machine identifier) is taken
├─ VersionConflict    somebody saved it since it was read: read again and decide again
├─ StationBusy        another session is open at the station (record_id)
├─ BadKey             a file key that would leave the file store
├─ NotAnswered        no consumer answered a command before its deadline
├─ DataFolderBusy     another store runs on the same data folder
├─ SchemaTooNew       the data were written by a newer Takt
└─ StoreUnavailable   the server cannot be reached, is loading, or refuses to write: try again
"""


class StoreError(Exception):
    """The root."""


class NotStored(StoreError, LookupError):
    """Nothing is stored under this id."""


class AlreadyExists(StoreError):
    """An id or a unique value is taken."""


class VersionConflict(StoreError):
    """The thing was saved by somebody else since it was read."""


class StationBusy(StoreError):
    """`record_id` names the session that is open at the station."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"the station builds {record_id}")
        self.record_id = record_id


class BadKey(StoreError, ValueError):
    """A file key that is absolute, climbs out of the file store, or is no plain name."""


class NotAnswered(StoreError):
    """No consumer answered a command before its deadline."""


class DataFolderBusy(StoreError):
    """Another store runs on the same data folder."""


class SchemaTooNew(StoreError):
    """The data were written by a newer Takt than this one."""


class StoreUnavailable(StoreError):
    """The server cannot be reached, is loading, or refuses to write. A repetition may succeed."""
