"""QA reports: qa_reports.make, qa_reports.get."""

import asyncio
import io
import threading

import numpy as np
import pypdfium2
import pytest

from storage.entities.qa_report import QaReport, ReportState
from storage.entities.session import CapturedVariable, SessionState, TorqueResult
from storage.entities.user import Role
from storage.messages import Command
from tests.support.coaching import add_assembly, add_station
from tests.support.hub import RunningHub
from tests.support.records import a_record, a_result, end, put_picture, reports_made
from tests.support.stored import AT_MS

RED, BLUE = (200, 30, 40), (20, 60, 200)
EVIL = '<img src="file:///etc/passwd"/> & <b>bold</b>'


def read(pdf: bytes) -> tuple[str, np.ndarray]:
    """The text of all pages, and the first page as a picture of 100 dots an inch."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        pages = [document[number] for number in range(len(document))]
        texts = [page.get_textpage().get_text_range() for page in pages]
        return "\n".join(texts), np.asarray(pages[0].render(scale=100 / 72).to_pil().convert("RGB"))
    finally:
        document.close()


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    """How much of the page has about this colour."""
    return float((np.abs(picture.astype(int) - colour).max(axis=2) < 30).mean())


async def put_unit(hub: RunningHub) -> None:
    assembly = await add_assembly(hub.store, hub.organisation)
    assembly = await put_picture(hub.store, assembly, 10, RED)
    await put_picture(hub.store, assembly, 20, BLUE)
    captured = CapturedVariable(name="serial", text="SN-4711", confidence=0.9, verified=True)
    torque = TorqueResult(torque_nm=4.25, ok=True, at_ms=AT_MS)
    visits = (
        a_result(10, AT_MS, 12, captured_variables=(captured,)),
        a_result(20, AT_MS + 12_000, 20, torque_results=(torque,), wrong_seen=1),
        a_result(30, AT_MS + 32_000, 9.5, name=EVIL),
    )
    await end(hub.store, a_record(hub.organisation, "r1", results=visits, operator="Ada Müller-Șerban"))


async def test_a_report_is_made_and_shows_the_unit_on_paper(hub: RunningHub) -> None:
    await put_unit(hub)
    operator, viewer = await hub.as_role(Role.OPERATOR), await hub.as_role()
    async with reports_made(hub.store, "Europe/Prague"):
        made = await operator("POST", "/assembly-record/r1/qa-report")
        assert (made.status, made.json()) == (200, {"status": "ok", "msg": "The QA report is ready."})
        answer = await viewer("GET", "/assembly-record/r1/qa-report")
        again = await operator("POST", "/assembly-record/r1/qa-report", {})
        assert again.json()["msg"] == "The QA report is ready."
    assert (answer.status, answer.headers["content-type"], answer.body[:5]) == (200, "application/pdf", b"%PDF-")
    assert (await viewer("GET", "/assembly-record/r1/qa-report")).body == answer.body
    assert (await viewer("GET", "/assembly-record/r1")).json()["msg"]["qa_report"] == {"state": "ready", "fraction": 1.0, "error": ""}
    assert await asyncio.to_thread(hub.store.files.exists, f"{hub.organisation}/qa-reports/r1/report.pdf")
    assert len(answer.body) < 200_000
    text, picture = read(answer.body)
    flat = " ".join(text.split())
    for said in ("QA report", "Gearbox cover", "Ada Müller-Șerban", "2025-05-27 11:50:00", "Europe/Prague", "Passed after correction"):
        assert said in flat
    for said in (
        "Fit part 1",
        "serial: SN-4711 (right)",
        "4.25 Nm",
        "12.0 s (benchmark 20 s)",
        "step-1_good",
        "Something wrong was shown once",
    ):
        assert said in flat
    for said in ("Operator: name, date, signature", "Quality assurance: name, date, signature", "No picture", "Page 1", "3 of 3 done"):
        assert said in flat
    assert EVIL.replace(" ", "") in text.replace(" ", "").replace("\r", "").replace("\n", "")
    assert 0.005 < share_of(picture, RED) < 0.1
    assert 0.005 < share_of(picture, BLUE) < 0.1
    assert 0.6 < share_of(picture, (255, 255, 255)) < 0.97
    assert share_of(picture, (0, 0, 0)) > 0.002


async def test_a_report_is_404_until_it_is_asked_for_and_409_while_it_is_made(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.services.qa_reports.WAIT_S", 0.3)
    await put_unit(hub)
    operator = await hub.as_role(Role.OPERATOR)
    path = "/assembly-record/r1/qa-report"
    missing = await operator("GET", path)
    assert (missing.status, missing.json()["code"]) == (404, "no_report")
    # Nobody answers commands yet.
    asked = await asyncio.gather(*(operator("POST", path) for _ in range(3)))
    assert {(a.status, a.json()["msg"]) for a in asked} == {(200, "The QA report is being made. Get it in a moment.")}
    early = await operator("GET", path)
    assert (early.status, early.json()["code"], early.json()["msg"][:33]) == (
        409,
        "report_in_progress",
        "The QA report is being made (0%).",
    )
    assert (await operator("GET", "/assembly-record/r1")).json()["msg"]["qa_report"]["state"] == "queued"
    monkeypatch.setattr("hub.services.qa_reports.WAIT_S", 10.0)
    async with reports_made(hub.store):
        assert (await operator("POST", path)).json()["msg"] == "The QA report is ready."
    assert (await operator("GET", path)).status == 200


async def test_a_unit_without_its_assembly_or_pictures_has_a_report_of_many_pages(hub: RunningHub) -> None:
    visits = tuple(a_result(10 * n, AT_MS + n, 1, name=f"{'W' * 150} {n}", label="") for n in range(1, 301))
    await end(hub.store, a_record(hub.organisation, "r1", results=visits, state=SessionState.CANCELLED, operator_name=""))
    operator = await hub.as_role(Role.OPERATOR)
    async with reports_made(hub.store):
        assert (await operator("POST", "/assembly-record/r1/qa-report")).json()["msg"] == "The QA report is ready."
    text, _ = read((await operator("GET", "/assembly-record/r1/qa-report")).body)
    assert "Cancelled. The unit was given up." in text
    assert "50 more steps are not shown." in text
    assert "Page 10" in text


async def test_a_report_that_cannot_be_made_says_so_and_can_be_asked_for_again(hub: RunningHub) -> None:
    await put_unit(hub)
    operator, path = await hub.as_role(Role.OPERATOR), "/assembly-record/r1/qa-report"
    folder = hub.store.files.path(f"{hub.organisation}/qa-reports")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_bytes(b"in the way")
    async with reports_made(hub.store):
        failed = await operator("POST", path)
        assert (failed.status, failed.json()["code"]) == (503, "report_failed")
        told = await operator("GET", path)
        assert (told.status, told.json()["code"]) == (409, "report_failed")
        folder.unlink()
        assert (await operator("POST", path)).status == 200
    assert (await operator("GET", path)).status == 200


async def test_a_report_whose_maker_dies_is_made_by_the_next_one(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = tuple(a_result(10 * n, AT_MS + n, 1) for n in range(1, 31))
    await end(hub.store, a_record(hub.organisation, "r1", results=visits))
    operator, path = await hub.as_role(Role.OPERATOR), "/assembly-record/r1/qa-report"
    drawing, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def stuck(*_: object) -> bytes:
        loop.call_soon_threadsafe(drawing.set)
        go_on.wait(10)
        return b"of a process that is gone"

    with monkeypatch.context() as patched:
        patched.setattr("hub.jobs.qa_reports.draw", stuck)
        async with reports_made(hub.store):
            asking = asyncio.create_task(operator("POST", path))
            await asyncio.wait_for(drawing.wait(), 10)
            told = (await operator("GET", path)).json()
            assert (told["code"], told["msg"]) == ("report_in_progress", "The QA report is being made (77%). Try again in a moment.")
            shown = (await operator("GET", "/assembly-record/r1")).json()["msg"]["qa_report"]
            assert (shown["state"], shown["fraction"]) == ("making", 0.77)
    go_on.set()
    async with reports_made(hub.store):
        assert (await asking).json()["msg"] == "The QA report is ready."
    assert (await operator("GET", path)).body[:5] == b"%PDF-"


async def test_a_request_that_was_overtaken_or_is_answered_already_changes_nothing(hub: RunningHub) -> None:
    await put_unit(hub)
    report = await hub.store.qa_reports.add(QaReport(organisation=hub.organisation, id="r1", request_id="now", created_at_ms=1))
    async with reports_made(hub.store) as maker:
        await maker.make(Command("before", hub.organisation, "qa_report", {"record_id": "r1"}, 0))
        assert await hub.store.qa_reports.get(hub.organisation, "r1") == report
        await maker.make(Command("now", hub.organisation, "qa_report", {"record_id": "r1"}, 0))
        ready = await hub.store.qa_reports.get(hub.organisation, "r1")
        assert ready.state is ReportState.READY
        await maker.make(Command("now", hub.organisation, "qa_report", {"record_id": "r1"}, 0))
        await maker.make(Command("now", hub.organisation, "qa_report", {"record_id": "r2"}, 0))
        assert await hub.store.qa_reports.get(hub.organisation, "r1") == ready


async def test_the_oldest_reports_are_forgotten_and_can_be_made_again(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.jobs.qa_reports.KEPT", 2)
    await end(hub.store, *(a_record(hub.organisation, f"r{n}") for n in range(3)))
    operator = await hub.as_role(Role.OPERATOR)
    async with reports_made(hub.store):
        for id_ in ("r0", "r1", "r0", "r2"):
            assert (await operator("POST", f"/assembly-record/{id_}/qa-report")).status == 200
        # r0 was asked for again, so r1 is the oldest.
        answers = [(await operator("GET", f"/assembly-record/r{n}/qa-report")).status for n in range(3)]
        assert answers == [200, 404, 200]
        assert await asyncio.to_thread(hub.store.files.list, f"{hub.organisation}/qa-reports") == ["r0", "r2"]
        assert (await operator("POST", "/assembly-record/r1/qa-report")).status == 200
    assert (await operator("GET", "/assembly-record/r1/qa-report")).status == 200


async def test_a_request_that_nobody_carried_out_in_time_is_forgotten(hub: RunningHub) -> None:
    await put_unit(hub)
    await hub.store.qa_reports.add(QaReport(organisation=hub.organisation, id="r1", request_id="old", created_at_ms=1))
    operator = await hub.as_role(Role.OPERATOR)
    assert (await operator("GET", "/assembly-record/r1/qa-report")).json()["code"] == "report_failed"
    assert (await operator("GET", "/assembly-record/r1")).json()["msg"]["qa_report"]["state"] == "failed"
    async with reports_made(hub.store):
        assert (await operator("POST", "/assembly-record/r1/qa-report")).json()["msg"] == "The QA report is ready."


async def test_only_operators_make_reports_of_finished_units_of_their_organisation(hub: RunningHub, other_organisation: str) -> None:
    await put_unit(hub)
    await add_station(hub.store, hub.organisation)
    operator = await hub.as_role(Role.OPERATOR)
    other, path = await hub.as_role(Role.ADMIN, other_organisation), "/assembly-record/r1/qa-report"
    assert (await (await hub.as_role())("POST", path)).status == 403
    for method in ("POST", "GET"):
        assert (await hub.http(method, path)).status == 401
        assert (await other(method, path)).status == 404
        assert (await operator(method, "/assembly-record/r2/qa-report")).status == 404
    open_ = (await operator("POST", "/coach/start/asm/10", {})).json()["msg"]["assembly_record_id"]
    for method in ("POST", "GET"):
        refused = await operator(method, f"/assembly-record/{open_}/qa-report")
        assert (refused.status, refused.json()["code"]) == (409, "still_built")
    assert await hub.store.qa_reports.find(hub.organisation, "r1") is None
