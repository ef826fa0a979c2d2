"""Entities are saved only over what was read, and unique values belong to one."""

import asyncio
import time

import pytest
from pydantic import ValidationError

from storage import keys
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.machine import Machine
from storage.entities.model_version import ModelVersion, TrainingRun, TrainingState
from storage.entities.recording import Recording
from storage.entities.step import LabelType
from storage.entities.training_context import TrainingContext
from storage.entities.user import ApiKey, Role, SignIn, User
from storage.errors import AlreadyExists, NotStored, VersionConflict
from storage.repositories import claims
from storage.repositories.api_keys import secret_sha256
from tests.support.stored import AT_MS


def assembly(organisation: str, id_: str = "assembly-1", at_ms: int = AT_MS) -> Assembly:
    return Assembly(organisation=organisation, id=id_, revision_id="r", name=id_, created_at_ms=at_ms, updated_at_ms=at_ms)


def user(organisation: str, id_: str, email: str) -> User:
    return User(organisation=organisation, id=id_, email=email, full_name="", role=Role.VIEWER, password_hash="", created_at_ms=AT_MS)


def model_version(organisation: str, id_: str, number: int = 1, assembly_id: str = "assembly-1") -> ModelVersion:
    return ModelVersion(
        organisation=organisation,
        id=id_,
        assembly_id=assembly_id,
        number=number,
        steps=(),
        seconds=1.0,
        frames=1,
        created_at_ms=AT_MS + number,
    )


def recording(organisation: str, id_: str, assembly_id: str) -> Recording:
    return Recording(
        organisation=organisation,
        id=id_,
        assembly_id=assembly_id,
        step_id=1,
        label_id="l0",
        label_type=LabelType.MASTER,
        station_id="s",
        started_at_ms=AT_MS,
    )


async def test_what_is_added_is_found_listed_and_deleted(store: Store, organisation: str) -> None:
    added = [await store.assemblies.add(assembly(organisation, f"a{n}", AT_MS - n)) for n in range(3)]
    assert await store.assemblies.get(organisation, "a1") == added[1]
    assert await store.assemblies.list(organisation) == added[::-1]
    assert await store.assemblies.list(organisation, 2) == [added[1], added[0]]
    assert await store.assemblies.count(organisation) == 3

    await store.assemblies.delete(organisation, "a1")

    assert await store.assemblies.find(organisation, "a1") is None
    assert await store.assemblies.list(organisation) == [added[2], added[0]]
    with pytest.raises(NotStored):
        await store.assemblies.get(organisation, "a1")
    with pytest.raises(NotStored):
        await store.assemblies.delete(organisation, "a1")


async def test_an_id_is_given_once_and_an_old_version_cannot_be_saved(store: Store, organisation: str) -> None:
    first = await store.assemblies.add(assembly(organisation))
    with pytest.raises(AlreadyExists):
        await store.assemblies.add(assembly(organisation))

    saved = await store.assemblies.save(first.model_copy(update={"name": "new"}))
    assert (saved.version, saved.name) == (1, "new")
    assert await store.assemblies.get(organisation, "assembly-1") == saved
    with pytest.raises(VersionConflict):
        await store.assemblies.save(first)
    with pytest.raises(NotStored):
        await store.assemblies.save(assembly(organisation, "never-added"))


async def test_one_organisation_does_not_see_another(store: Store, organisation: str) -> None:
    await store.assemblies.add(assembly(organisation))
    assert await store.assemblies.find("elsewhere", "assembly-1") is None
    assert await store.assemblies.list("elsewhere") == []


async def test_organisations_are_slugs_added_once(store: Store, organisation: str) -> None:
    assert await store.organisations.exists(organisation)
    assert organisation in [o.name for o in await store.organisations.list()]
    assert not await store.organisations.exists("nobody")
    with pytest.raises(AlreadyExists):
        await store.organisations.add(organisation)
    with pytest.raises(ValidationError):
        await store.organisations.add("No Slug}")


async def test_an_address_signs_in_to_one_account_whatever_its_case(store: Store, organisation: str) -> None:
    mine = await store.users.add(user(organisation, "u1", f"Ann@{organisation}.example"))
    assert await store.users.by_email(f"ann@{organisation.upper()}.example ") == mine
    with pytest.raises(AlreadyExists, match="e-mail address is taken"):
        await store.users.add(user("elsewhere", "u2", f"ANN@{organisation}.example"))

    moved = await store.users.save(mine.model_copy(update={"email": f"bob@{organisation}.example"}))

    assert await store.users.by_email(f"ann@{organisation}.example") is None
    assert await store.users.by_email(f"bob@{organisation}.example") == moved
    await store.users.delete(organisation, "u1")
    assert await store.users.by_email(f"bob@{organisation}.example") is None
    await store.users.add(user(organisation, "u3", f"bob@{organisation}.example"))


async def test_of_many_who_want_an_address_one_gets_it(store: Store, organisation: str) -> None:
    adding = [store.users.add(user(organisation, f"u{n}", f"x@{organisation}.example")) for n in range(10)]
    outcomes = await asyncio.gather(*adding, return_exceptions=True)
    assert sum(isinstance(o, User) for o in outcomes) == 1
    assert len(await store.users.list(organisation)) == 1


async def test_an_address_whose_owner_was_never_stored_can_be_taken_later(
    store: Store, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = f"lost@{organisation}.example"
    await store.redis.hset(keys.EMAILS, email, f"{organisation} died {time.time_ns() // 1_000_000}")
    with pytest.raises(AlreadyExists):
        await store.users.add(user(organisation, "u1", email))
    monkeypatch.setattr(claims, "CLAIM_SETTLES_MS", -1)
    await store.users.add(user(organisation, "u1", email))


async def test_an_api_key_is_opened_by_its_secret_until_it_is_deleted(store: Store, organisation: str) -> None:
    secret = f"takt_ro_{organisation}"
    key = ApiKey(
        organisation=organisation,
        id="k1",
        name="n",
        role="read-only",
        key_sha256=secret_sha256(secret),
        created_at_ms=AT_MS,
        expires_at_ms=AT_MS,
    )
    await store.api_keys.add(key)
    assert await store.api_keys.by_secret(secret) == key
    assert await store.api_keys.by_secret(secret + "x") is None
    await store.api_keys.delete(organisation, "k1")
    assert await store.api_keys.by_secret(secret) is None


def sign_in(organisation: str, for_ms: int = 60_000) -> SignIn:
    expires_at_ms = time.time_ns() // 1_000_000 + for_ms
    return SignIn(id="sid", organisation=organisation, user_id="u", refresh_sha256="first", expires_at_ms=expires_at_ms)


async def test_a_refresh_token_rotates_once_and_its_reuse_is_seen(store: Store, organisation: str) -> None:
    await store.sign_ins.add(sign_in(organisation))
    rotated = await store.sign_ins.rotate(organisation, "sid", "first", "second")
    assert rotated is not None
    assert rotated.refresh_sha256 == "second"
    assert await store.sign_ins.rotate(organisation, "sid", "first", "third") is None
    assert await store.sign_ins.by_id(organisation, "sid") == rotated
    assert not await store.sign_ins.is_revoked(organisation, "sid")

    assert await store.sign_ins.revoke(organisation, "sid")

    assert await store.sign_ins.is_revoked(organisation, "sid")
    assert await store.sign_ins.rotate(organisation, "sid", "second", "third") is None


async def test_of_many_who_rotate_the_same_token_one_succeeds(store: Store, organisation: str) -> None:
    await store.sign_ins.add(sign_in(organisation))
    outcomes = await asyncio.gather(*(store.sign_ins.rotate(organisation, "sid", "first", f"n{n}") for n in range(10)))
    assert sum(o is not None for o in outcomes) == 1


async def test_a_sign_in_ends_with_its_age(store: Store, organisation: str) -> None:
    await store.sign_ins.add(sign_in(organisation, for_ms=50))
    await asyncio.sleep(0.1)
    assert await store.sign_ins.is_revoked(organisation, "sid")


async def test_a_machine_identifier_belongs_to_one_machine(store: Store, organisation: str) -> None:
    made = await asyncio.gather(*(store.machines.ensure(organisation, "M1", "line") for _ in range(5)))
    assert len({m.id for m in made}) == 1
    assert await store.machines.by_identifier(organisation, "M1") == made[0]

    other = await store.machines.ensure(organisation, "M2")
    with pytest.raises(AlreadyExists, match="machine_identifier M1 is taken"):
        await store.machines.save(other.model_copy(update={"machine_identifier": "M1"}))
    renamed: Machine = await store.machines.save(other.model_copy(update={"machine_identifier": "M3"}))
    assert await store.machines.by_identifier(organisation, "M2") is None
    assert await store.machines.by_identifier(organisation, "M3") == renamed
    await store.machines.delete(organisation, made[0].id)
    assert await store.machines.by_identifier(organisation, "M1") is None


async def test_model_versions_are_numbered_within_their_assembly_without_gap_or_double(store: Store, organisation: str) -> None:
    added = await asyncio.gather(*(store.model_versions.add_next(model_version(organisation, f"v{n}")) for n in range(5)))
    assert sorted(v.number for v in added) == [1, 2, 3, 4, 5]
    assert [v.number for v in await store.model_versions.list(organisation, "assembly-1")] == [1, 2, 3, 4, 5]
    assert await store.model_versions.next_number(organisation, "assembly-1") == 6
    assert await store.model_versions.next_number(organisation, "assembly-2") == 1
    assert await store.model_versions.by_number(organisation, "assembly-1", 3) in added
    with pytest.raises(AlreadyExists):
        await store.model_versions.add(model_version(organisation, "other", 3))
    with pytest.raises(AlreadyExists):
        await store.model_versions.add_next(model_version(organisation, "v0"))


async def test_activation_switches_the_model_and_tells_vision(store: Store, organisation: str) -> None:
    await store.assemblies.add(assembly(organisation))
    await store.model_versions.add(model_version(organisation, "v1"))
    async with store.subscriber() as subscriber:
        await subscriber.subscribe(keys.focus(organisation))
        active = await store.assemblies.activate(organisation, "assembly-1", 1)
        async with asyncio.timeout(5):
            async for channel, _ in subscriber:
                assert channel == keys.focus(organisation)
                break
    assert active == await store.assemblies.get(organisation, "assembly-1")
    assert active.active_model_version == 1
    with pytest.raises(NotStored):
        await store.assemblies.activate(organisation, "assembly-1", 2)
    with pytest.raises(NotStored):
        await store.assemblies.activate(organisation, "assembly-2", 1)


async def test_progress_is_saved_and_announced_and_a_cancel_in_between_is_seen(store: Store, organisation: str) -> None:
    run = await store.training_runs.add(
        TrainingRun(organisation=organisation, id="run", assembly_id="assembly-1", created_at_ms=AT_MS, updated_at_ms=AT_MS)
    )
    async with store.subscriber() as subscriber:
        await subscriber.subscribe(keys.training(organisation, "assembly-1"))
        further = await store.training_runs.progress(run.model_copy(update={"state": TrainingState.RUNNING, "fraction": 0.5}))
        async with asyncio.timeout(5):
            async for _, payload in subscriber:
                assert TrainingRun.model_validate_json(payload) == further
                break
    await store.training_runs.save(further.model_copy(update={"state": TrainingState.CANCELLED}))
    with pytest.raises(VersionConflict):
        await store.training_runs.progress(further.model_copy(update={"fraction": 0.6}))


async def test_recordings_are_listed_with_their_assembly(store: Store, organisation: str) -> None:
    for n, of in enumerate(["a", "b", "a"]):
        await store.recordings.add(recording(organisation, f"r{n}", of))
    assert {r.id for r in await store.recordings.of_assembly(organisation, "a")} == {"r0", "r2"}
    await store.recordings.delete(organisation, "r0")
    assert [r.id for r in await store.recordings.of_assembly(organisation, "a")] == ["r2"]
    assert len(await store.recordings.list(organisation)) == 2


async def test_the_training_context_is_changed_only_by_who_read_it(store: Store, organisation: str) -> None:
    assert await store.training_contexts.find(organisation) is None
    fresh = TrainingContext(organisation=organisation, assembly_id="a")
    first = await store.training_contexts.save(fresh)
    assert await store.training_contexts.find(organisation) == first
    with pytest.raises(VersionConflict):
        await store.training_contexts.save(fresh)
    second = await store.training_contexts.save(first.model_copy(update={"recording_id": "r"}))
    assert (second.version, second.recording_id) == (2, "r")
