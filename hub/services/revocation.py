"""The word that ends sockets at once: sent on the control channel of an organisation, heard by every hub."""

from dataclasses import asdict, dataclass

import orjson

from hub.caller import Caller
from storage import keys
from storage.connection import Store


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose identity ended: one sign-in, all of a user or of an operator, an API key, or one token without a user. Exactly one is set."""

    sid: str | None = None
    user_id: str | None = None
    operator_id: str | None = None
    api_key_id: str | None = None
    token_id: str | None = None

    def pack(self) -> bytes:
        """JSON `{"type": "ended", "sid" | "user_id" | "operator_id" | "api_key_id" | "token_id": str}`."""
        return orjson.dumps({"type": "ended", **{k: v for k, v in asdict(self).items() if v is not None}})

    @classmethod
    def unpack(cls, payload: bytes) -> "Ended | None":
        """The word in `payload`; None for any other message of the control channel."""
        try:
            said = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(said, dict) or said.pop("type", None) != "ended" or not said.keys() <= set(cls.__slots__):
            return None
        return cls(**said)

    def concerns(self, caller: Caller) -> bool:
        """Whether the caller's identity is the one that ended (the organisation is the channel's)."""
        if self.sid is not None:
            return caller.sid == self.sid
        if self.user_id is not None:
            return caller.kind == "user" and caller.id == self.user_id
        if self.operator_id is not None:
            return caller.kind == "operator" and caller.id == self.operator_id
        if self.api_key_id is not None:
            return caller.kind == "api_key" and caller.id == self.api_key_id
        return caller.kind == "token" and caller.id == self.token_id


async def announce(store: Store, organisation: str, ended: Ended) -> None:
    """Tells every hub; what ended is stored already, so a hub that misses the word still refuses the next request."""
    await store.channels.publish(keys.control(organisation), ended.pack())
