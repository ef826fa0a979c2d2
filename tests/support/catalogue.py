"""A catalogue with one of everything, for tests that walk all its operations."""

import asyncio
from dataclasses import dataclass

from storage.entities.step import Label, LabelType
from storage.entities.user import Role
from tests.support.http import HttpClient
from tests.support.hub import RunningHub
from tests.support.operators import add_operator
from tests.support.recipes import make, teach
from tests.support.records import a_record, a_result, end
from tests.support.stored import AT_MS


@dataclass(frozen=True)
class Catalogue:
    """`ids` names what there is: what stands in the operations' addresses under their names, and what rows name themselves.

    Steps: `step_id` captures "serial", `verifying` verifies it (by `verifying_data`), `capturing` captures "batch", `spare` does nothing.
    "lot" is a variable that nothing uses. `second` is another version of the product; `taught` another product, which could be coached.
    The operator `ben` has a badge, too.
    """

    ids: dict[str, str]


async def make_catalogue(hub: RunningHub) -> Catalogue:
    """One of everything in the hub's organisation."""
    client = await hub.as_role(Role.ADMIN)
    first = await make(client, name="Gearbox cover", revision_id={"id": "rev"}, notes="Mind the seal")
    second = await make(client, name="Gearbox cover B", revision_id={"id": "rev"})
    taught = await make(client, name="Pump")
    await teach(hub, taught)
    steps = [await _made(client, f"/assembly/{first}/step", {"name": name, "benchmark": 20}) for name in ("Scan", "Check", "Mark", "Spare")]
    data = await _made(client, f"/step/{steps[0]}/step-data", _data("ocr-capture", "serial"))
    verifying = await _made(client, f"/step/{steps[1]}/step-data", _data("ocr-verify", "serial"))
    await _made(client, f"/step/{steps[3]}/step-data", _data("ocr-capture", "lot"))
    assert (await client("DELETE", f"/step/{steps[3]}/ocr-capture-variable")).status == 200
    await _made(client, f"/step/{steps[2]}/step-data", _data("ocr-capture", "batch"))
    info = await _made(client, f"/step/{steps[0]}/step-data/{data}/step-data-info", {"name": "font", "value": "OCR-B"})
    await _see_from_elsewhere(hub, first)
    ada = await add_operator(hub, "Ada", "Muster", password=None, rfid="BADGE-1")
    ben = await add_operator(hub, "Ben", "Muster", rfid="BADGE-2")
    visits = tuple(a_result(int(step), AT_MS + 10_000 * at, 9, number=at + 1) for at, step in enumerate(steps[:3]))
    await end(hub.store, a_record(hub.organisation, "record-1", results=visits, assembly_id=first, operator_id=ada, step_id=int(steps[2])))
    assembly = await hub.store.assemblies.get(hub.organisation, first)
    await asyncio.to_thread(hub.store.files.write, assembly.video_file, b"\x1a\x45\xdf\xa3 a video")
    places = {"assembly_id": first, "revision_id": "rev", "rev_number": "1", "step_id": steps[0], "step_num": "1", "limit": "1"}
    places |= {"step_label": "step-1_good", "step_data_id": data, "step_data_info_id": info, "operator_id": ada}
    places |= {"record_id": "record-1", "assembly_record_id": "record-1"}
    return Catalogue(
        places
        | {
            "second": second,
            "taught": taught,
            "verifying": steps[1],
            "verifying_data": verifying,
            "capturing": steps[2],
            "spare": steps[3],
            "ben": ben,
        }
    )


async def _made(client: HttpClient, path: str, body: object) -> str:
    answer = await client("POST", path, body)
    assert answer.status == 200, answer.body
    return str(answer.json()["id"])


def _data(type_: str, variable: str) -> dict[str, object]:
    return {"data_type": type_, "name": type_, "ocr_capture_variable_info": [{"name": variable}]}


async def _see_from_elsewhere(hub: RunningHub, assembly_id: str) -> None:
    """Gives the first step a perspective, which only a recording could."""
    assembly = await hub.store.assemblies.get(hub.organisation, assembly_id)
    labels = (Label(id="lm", type=LabelType.MASTER), Label(id="lp", type=LabelType.PERSPECTIVE))
    step = assembly.steps[0].model_copy(update={"perspective_change": True, "labels": labels})
    await hub.store.assemblies.save(assembly.model_copy(update={"steps": (step, *assembly.steps[1:])}))
