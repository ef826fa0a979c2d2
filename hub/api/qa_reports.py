"""QA reports: operations 92 and 93 of the Supercoach surface."""

from quart import Blueprint, Response

from hub.api.assembly_records import told
from hub.api.shapes import Said
from hub.hub import current_hub
from hub.operation import READS, Limit, Surface, current_caller, operation
from storage.entities.user import Role

blueprint = Blueprint("qa_reports", __name__)

# Each is a second of work for the jobs process.
REPORTS = Limit(30)


@blueprint.post("/assembly-record/<record_id>/qa-report")
@operation("qa_reports.make", role=Role.OPERATOR, limit=REPORTS, surface=Surface.SUPERCOACH, number=92, answers={200: Said})
async def make_report(record_id: str) -> Response:
    """Makes the QA report of a finished record anew; answers when it is ready, or after some seconds that it is being made.

    How far it is stands in the record (`qa_report`). 409 while the unit is being built.
    """
    return told(await current_hub().qa_reports.request(current_caller().organisation, record_id))


@blueprint.get("/assembly-record/<record_id>/qa-report")
@operation("qa_reports.get", role=Role.VIEWER, limit=READS, surface=Surface.SUPERCOACH, number=93, answers={200: "application/pdf"})
async def get_report(record_id: str) -> Response:
    """The QA report as PDF. 404 until one was asked for, 409 (report_in_progress) while it is being made."""
    pdf = await current_hub().qa_reports.read(current_caller().organisation, record_id)
    headers = {"Content-Disposition": 'inline; filename="qa-report.pdf"', "Cache-Control": "private, no-cache"}
    return Response(pdf, headers=headers, content_type="application/pdf")
