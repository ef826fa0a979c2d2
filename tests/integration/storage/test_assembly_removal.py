"""Of two changes that cannot both be, the store lets the first through and refuses the second, whichever that is."""

import pytest

from storage import keys
from storage.connection import Store
from storage.entities.assembly import Assembly
from storage.entities.assembly_revision import AssemblyRevision
from storage.entities.recording import Recording, RecordingState
from storage.entities.session import SessionState
from storage.entities.step import LabelType
from storage.entities.training_context import TrainingContext
from storage.errors import AlreadyExists, NotStored, VersionConflict
from tests.support.coaching import add_assembly
from tests.support.stored import session


@pytest.fixture
async def assembly(store: Store, organisation: str) -> Assembly:
    """One with three steps and a model."""
    return await add_assembly(store, organisation)


async def test_a_session_that_began_since_it_was_looked_for_keeps_its_assembly(store: Store, organisation: str, assembly: Assembly) -> None:
    begun = session(organisation, assembly_id=assembly.id)
    await store.sessions.start(begun, [], [], assembly)
    with pytest.raises(VersionConflict, match="coached"):
        await store.assembly_removal.remove(assembly, None, None, None)
    await store.sessions.commit(begun.model_copy(update={"state": SessionState.COMPLETE}), [], [])
    await store.assembly_removal.remove(assembly, None, None, None)
    assert (await store.assemblies.find(organisation, assembly.id), await store.sessions.find(organisation, begun.id) is None) == (
        None,
        False,
    )


async def test_no_session_begins_on_an_assembly_that_was_changed_or_deleted_since_it_was_read(
    store: Store, organisation: str, assembly: Assembly
) -> None:
    changed = await store.assemblies.save(assembly.model_copy(update={"notes": "x"}))
    with pytest.raises(VersionConflict):
        await store.sessions.start(session(organisation, assembly_id=assembly.id), [], [], assembly)
    await store.assembly_removal.remove(changed, None, None, None)
    with pytest.raises(NotStored):
        await store.sessions.start(session(organisation, assembly_id=assembly.id), [], [], changed)
    assert await store.sessions.all_open(organisation) == []


async def test_teaching_and_deleting_exclude_each_other(store: Store, organisation: str, assembly: Assembly) -> None:
    context = TrainingContext(organisation=organisation, assembly_id=assembly.id, recording_id="r")
    context = await store.training_contexts.save(context, begins=True)
    with pytest.raises(VersionConflict):
        await store.assembly_removal.remove(assembly, None, None, None)
    await store.assembly_removal.remove(assembly, None, None, context)
    with pytest.raises(NotStored):
        await store.training_contexts.save(context, begins=True)


async def test_a_deletion_that_saw_an_older_revision_is_refused(store: Store, organisation: str) -> None:
    fields = {"organisation": organisation, "revision_id": "rev", "name": "A", "created_at_ms": 1, "updated_at_ms": 1}
    revision = AssemblyRevision(organisation=organisation, id="rev", name="Rev", created_at_ms=1)
    revision, first = await store.assemblies.add_to(revision, Assembly.model_validate({"id": "a", **fields}), is_new=True)
    newer, _ = await store.assemblies.add_to(revision, Assembly.model_validate({"id": "b", **fields}))
    with pytest.raises(VersionConflict):
        await store.assembly_removal.remove(first, revision, None, None)
    with pytest.raises(AlreadyExists):
        await store.assemblies.add_to(newer, Assembly.model_validate({"id": "c", "revision": 2, **fields}))
    await store.assembly_removal.remove(first, newer, "b", None)
    left = await store.assembly_revisions.get(organisation, "rev")
    assert (left.active_assembly_id, await store.assemblies.by_number(organisation, "rev", 1)) == ("b", None)


async def test_all_recordings_go_however_many_there_are(store: Store, organisation: str, assembly: Assembly) -> None:
    first = Recording(
        organisation=organisation,
        id="r0",
        assembly_id=assembly.id,
        step_id=1,
        label_id="l",
        label_type=LabelType.MASTER,
        station_id="s",
        state=RecordingState.FINISHED,
        started_at_ms=1,
    )
    await store.recordings.add(first)
    for index in (keys.entities(organisation, "recording"), keys.owned(organisation, "recording", assembly.id)):
        await store.redis.zadd(index, {f"r{number}": number for number in range(1, 9_000)})
    folders = await store.assembly_removal.remove(assembly, None, None, None)
    assert {first.folder, f"{organisation}/recordings/{assembly.id}/r8999"} <= set(folders)
    assert await store.recordings.count(organisation) == 0
    assert await store.recordings.find(organisation, "r0") is None
