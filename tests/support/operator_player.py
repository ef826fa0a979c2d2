"""Draws commands on operators and the organisation's settings, gives each to the hub and to the model."""

from typing import Any

from tests.support.operator_model import BAD_PASSWORDS, BADGES, GOOD_PASSWORDS, NAMES, RUNGS, ModelOperator, ModelToken
from tests.support.step_player import Statuses, StepPlayer

NOBODY = 77
# What signs in without end makes no test any better.
TOKENS_KEPT = 6


class OperatorPlayer(StepPlayer):
    """Operators, who they are signed in as, and what they may do then."""

    tokens: list[tuple[str, ModelToken]] = []

    # --- what is drawn ------------------------------------------------------------------------------------
    def operator_id(self) -> int:
        """Mostly one that is there."""
        return self.mostly([*self.model.operators.everybody], NOBODY)

    def password(self) -> str:
        """Mostly one that may be used."""
        return self.drawn.choice([*GOOD_PASSWORDS * 3, *BAD_PASSWORDS])

    async def _change(self, path: str, said: dict[str, Any], fields: dict[str, Any], *, ends: bool = False) -> Statuses:
        id_ = self.operator_id()
        # The source writes the whole operator: an id as a number or a text.
        answer = await self.ask("PUT", f"/operator/{path}", {"id": self.drawn.choice((id_, str(id_))), **said})
        return self.model.operators.change(id_, fields, ends=ends), answer.status

    # --- operators ----------------------------------------------------------------------------------------
    async def add_operator(self) -> Statuses:
        (first, last, name), (rfid, kept, badge) = self.drawn.choice(NAMES), self.drawn.choice(BADGES)
        role, password = self.drawn.choice((*RUNGS, "viewer")), self.mostly([self.password()], "")
        body = {"first_name": first, "last_name": last, "role": role, "rfid": rfid, "password": password}
        answer = await self.ask("POST", "/operator", body)
        id_ = int(answer.json()["msg"]) if answer.status == 200 else 0
        assert id_ not in self.model.operators.everybody
        return self.model.operators.add(id_, ModelOperator(first, last.strip(), name, role, kept, badge, password)), answer.status

    async def set_active(self) -> Statuses:
        active = self.drawn.random() < 0.6
        return await self._change("active", {"active": active}, {"active": active}, ends=not active)

    async def set_role(self) -> Statuses:
        role = self.drawn.choice((*RUNGS, *RUNGS, "owner"))
        return await self._change("role", {"role": role.upper()}, {"role": role})

    async def set_name(self) -> Statuses:
        first, last, name = self.drawn.choice(NAMES)
        said = {"first_name": first, "last_name": last}
        return await self._change("name", said, {"first": first, "last": last.strip(), "name": name})

    async def set_password(self) -> Statuses:
        password = self.password()
        return await self._change("password", {"password": password}, {"password": password}, ends=True)

    async def set_badge(self) -> Statuses:
        id_, (rfid, kept, badge) = self.operator_id(), self.drawn.choice(BADGES)
        answer = await self.ask("PUT", "/operator/rfid", {"id": id_, "rfid": rfid})
        return self.model.operators.set_badge(id_, kept, badge), answer.status

    async def find_operator(self) -> Statuses:
        first, last, name = self.drawn.choice(NAMES)
        answer = await self.ask("POST", "/operator/id", {"first_name": first, "last_name": last})
        found = self.model.operators.called(name)
        assert answer.status != 200 or answer.json()["msg"] == str(found)
        return 404 if found is None else 200, answer.status

    # --- sign-ins -----------------------------------------------------------------------------------------
    async def sign_in(self) -> Statuses:
        known = [each for each in NAMES if self.model.operators.called(each[2])]
        first, last, name = self.drawn.choice([*known, *known, *NAMES])
        there = self.model.operators.everybody.get(self.model.operators.called(name) or 0)
        password = there.password if there and there.password and self.drawn.random() < 0.8 else self.password()
        answer = await self.ask("POST", "/operator/authenticate", {"first_name": first, "last_name": last, "password": password})
        status = self.model.operators.sign_in(name, password)
        if answer.status == status == 200:
            self._keep(answer.json()["msg"], self.model.operators.called(name) or 0, by_badge=False)
        return status, answer.status

    async def sign_in_by_badge(self) -> Statuses:
        known = [each for each in BADGES if self.model.operators.of_badge(each[2])]
        rfid, _, badge = self.drawn.choice([*known, *known, *BADGES])
        answer = await self.ask("POST", "/operator/rfid/verify", {"rfid": rfid})
        status = self.model.operators.sign_in_by_badge(badge)
        found = self.model.operators.of_badge(badge)
        if answer.status == status == 200 and found is not None:
            assert answer.json()["msg"]["id"] == str(found)
            self._keep(answer.json()["msg"]["token"], found, by_badge=True)
        return status, answer.status

    def _keep(self, token: str, operator: int, *, by_badge: bool) -> None:
        ended = self.model.operators.everybody[operator].ended
        self.tokens = [*self.tokens, (token, ModelToken(operator, ended, by_badge))][-TOKENS_KEPT:]

    async def use_a_token(self) -> Statuses | None:
        """A write that asks for a supervisor."""
        if not self.tokens:
            return None
        lasting = [each for each in self.tokens if self.model.operators.rung(each[1])]
        token, known = self.drawn.choice([*lasting, *self.tokens])
        rung, value = self.model.operators.rung(known), {"torque": self.drawn.randrange(100)}
        self.told = ("PUT", "/setting/torque", value, known)
        answer = await self.client.signed(token)("PUT", "/setting/torque", value)
        if rung in ("supervisor", "admin"):
            self.model.torque = value
        return {None: 401, "operator": 403}.get(rung, 200), answer.status

    # --- settings -----------------------------------------------------------------------------------------
    async def set_release_control(self) -> Statuses:
        self.model.is_controlled = self.drawn.random() < 0.4
        answer = await self.ask("PUT", "/setting/release-control", {"release_control_enabled": self.model.is_controlled})
        return 200, answer.status
