"""A simple model of one organisation's operators, kept in memory: what each command should answer and leave behind."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

FREE_ATTEMPTS, FREE_BADGES = 5, 20
# In place of a name: unknown badges count for who asks.
_CALLER = "the caller"
GOOD_PASSWORDS = ("lamp under seven bridges", "a quiet river of chalk")
BAD_PASSWORDS = ("short", "aaaaaaaaaaaaaaa")
# Name, and a word that is the same for names that people would call the same.
NAMES = (
    ("Ada", "Muster", "ada"),
    ("ADA", " muster", "ada"),
    ("Zoë", "Åberg", "zoe"),
    ("Zoe\u0308", "A\u030aberg", "zoe"),
    ("李", "", "li"),
    ("Straße", "Ω", "strasse"),
    ("STRASSE", "ω", "strasse"),
)
# A badge as a reader tells it, the same as it is kept, and a word that is the same for one badge told by two readers.
BADGES = (("04:AB:9F", "04:AB:9F", "ab"), (" 04:ab:9f ", "04:ab:9f", "ab"), ("7C01", "7C01", "7c"), ("", "", ""))
RUNGS = ("operator", "supervisor", "admin")


@dataclass
class ModelOperator:
    """One operator; `name` and `badge` are the words that are one operator's."""

    first: str
    last: str
    name: str
    role: str
    rfid: str
    badge: str
    password: str
    active: bool = True
    records: int = 0
    ended: int = 0
    """How often the sign-ins were ended."""


@dataclass(frozen=True)
class ModelToken:
    """A sign-in: whose, how often theirs were ended before it, and by what."""

    operator: int
    ended: int
    by_badge: bool


@dataclass
class OperatorModel:
    """A command answers the status that the hub should give."""

    everybody: dict[int, ModelOperator] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    """Attempts since the last good one, by account; nobody waits long enough for them to be forgotten."""

    # --- reads --------------------------------------------------------------------------------------------
    def shown(self) -> dict[int, dict[str, Any]]:
        """What matters of the list of operators."""
        return {
            id_: {
                "first_name": each.first,
                "last_name": each.last,
                "role": each.role,
                "rfid": each.rfid,
                "active": each.active,
                "num_records": each.records,
                "has_password": bool(each.password),
            }
            for id_, each in self.everybody.items()
        }

    def called(self, name: str) -> int | None:
        """The operator of a name."""
        return next((id_ for id_, each in self.everybody.items() if each.name == name), None)

    def of_badge(self, badge: str) -> int | None:
        """The operator of a badge."""
        return next((id_ for id_, each in self.everybody.items() if badge and each.badge == badge), None)

    def may_build(self, said: str) -> bool:
        """Whether a unit may be begun for whoever is called so: anybody but an inactive operator."""
        found = self.everybody.get(int(said)) if said.isdecimal() else None
        return found is None or found.active

    def rung(self, token: ModelToken) -> str | None:
        """The role that a token has now; None = it has ended."""
        operator = self.everybody[token.operator]
        if not operator.active or operator.ended != token.ended:
            return None
        return "supervisor" if token.by_badge and operator.role == "admin" else operator.role

    # --- commands -----------------------------------------------------------------------------------------
    def refused(self, id_: int, name: str = "", badge: str = "") -> int:
        """409 where another operator has the name or the badge, else 200."""
        others = [each for key, each in self.everybody.items() if key != id_]
        return 409 if any((name and each.name == name) or (badge and each.badge == badge) for each in others) else 200

    def add(self, id_: int, operator: ModelOperator) -> int:
        """A new operator under the id that the hub gave."""
        if operator.role not in RUNGS or operator.password in BAD_PASSWORDS:
            return 422
        status = self.refused(id_, operator.name, operator.badge)
        if status == 200:
            self.everybody[id_] = operator
        return status

    def change(self, id_: int, fields: dict[str, Any], *, ends: bool = False) -> int:
        """Changes an operator; `ends` their sign-ins, too."""
        if id_ not in self.everybody:
            return 404
        if fields.get("role", "operator") not in RUNGS or fields.get("password") in BAD_PASSWORDS:
            return 422
        status = self.refused(id_, fields.get("name", ""), fields.get("badge", ""))
        if status == 200:
            for field_, value in fields.items():
                setattr(self.everybody[id_], field_, value)
            self.everybody[id_].ended += ends
        return status

    def set_badge(self, id_: int, rfid: str, badge: str) -> int:
        """Another badge, or none; the same one again ends no sign-in."""
        known = self.everybody.get(id_)
        return self.change(id_, {"rfid": rfid, "badge": badge}, ends=known is not None and known.rfid != rfid)

    def sign_in(self, name: str, password: str) -> int:
        """By name and password."""
        if self.failed[name] >= FREE_ATTEMPTS:
            return 429
        self.failed[name] += 1
        found = self.everybody.get(self.called(name) or 0)
        if found is None or not found.active or not found.password or found.password != password:
            return 401
        self.failed[name] = 0
        return 200

    def sign_in_by_badge(self, badge: str) -> int:
        """By badge, at one caller."""
        if self.failed[_CALLER] >= FREE_BADGES:
            return 429
        self.failed[_CALLER] += 1
        found = self.of_badge(badge)
        if found is None or not self.everybody[found].active:
            return 401
        self.failed[_CALLER] = 0
        return 200

    def count_record(self, said: str) -> None:
        """A unit that whoever is called so has completed."""
        found = self.everybody.get(int(said)) if said.isdecimal() else None
        if found is not None:
            found.records += 1
