"""Draws a QA report: the same report is the same bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image as Pictures
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from hub.coaching.qa_report import Report, ReportRow, Verdict

# DejaVu knows Latin, Greek and Cyrillic letters. Where it is not installed, Vera comes with the library and knows western ones.
_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/dejavu", "/usr/share/fonts/TTF")
_DEJAVU = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_VERA = ("Vera.ttf", "VeraBd.ttf")
# As wide as a picture is printed at 300 dots an inch; 250 of them stay below 10 MB.
PICTURE_PX = (440, 330)
_PICTURE_QUALITY = 78
# No camera of a station has more.
MOST_PIXELS = 64_000_000
LONGEST_NAME = 300
_MARGIN = 36
# A frame keeps six points on either side.
_WIDTH = A4[0] - 2 * _MARGIN - 12
_COLUMNS = (22, 108, 166, 92, 66, _WIDTH - 454)
_HEADS = ("", "Picture", "Step", "Captured text", "Torque", "Verdict")
_COLOURS = {Verdict.PASSED: "#1a7f37", Verdict.REPEATED: "#9a6700", Verdict.NOT_DONE: "#b42318", Verdict.CANCELLED: "#b42318"}
_SIGNERS = ("Operator", "Quality assurance")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the rows: name and value each, and the record's id for the foot of every page."""

    title: str
    record_id: str
    facts: Sequence[tuple[str, str]]


def draw(heading: Heading, report: Report, pictures: Mapping[int, bytes], clock: Callable[[int], str]) -> bytes:
    """The PDF. `pictures` are JPEGs by step id, `clock` tells a moment (ms UTC) in words. Blocks for up to some seconds."""
    normal, bold = fonts()
    style = ParagraphStyle("body", fontName=normal, fontSize=8.5, leading=11)
    strong = ParagraphStyle("strong", parent=style, fontName=bold)
    title = ParagraphStyle("title", parent=strong, fontSize=17, leading=22, spaceAfter=4)
    story: list[Flowable] = [
        Paragraph(_text(heading.title), title),
        _verdict(report, strong),
        Spacer(1, 8),
        _facts(heading, style, strong),
        Spacer(1, 12),
    ]
    rows = [[_cell(head, strong) for head in _HEADS]] + [_row(row, pictures.get(row.step_id), style, strong, clock) for row in report.rows]
    story.append(Table(rows, colWidths=_COLUMNS, repeatRows=1, style=_grid()))
    if report.rows_left_out:
        story.append(_cell(f"{report.rows_left_out} more steps are not shown.", style))
    story += [Spacer(1, 30), KeepTogether([_signatures(style)])]
    out = io.BytesIO()
    frame = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 14,
        title=_plain(heading.title),
        author="Takt",
        subject=f"Assembly record {heading.record_id}",
        invariant=1,
    )

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont(normal, 7)
        canvas.drawString(_MARGIN + 6, _MARGIN - 4, f"Assembly record {_plain(heading.record_id)}")
        canvas.drawRightString(A4[0] - _MARGIN - 6, _MARGIN - 4, f"Page {document.page}")

    frame.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def shrink(jpeg: bytes) -> bytes | None:
    """The picture as small as it is printed; None when it is none that can be read."""
    try:
        with Pictures.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", PICTURE_PX)
            small = picture.convert("RGB")
        small.thumbnail(PICTURE_PX)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=_PICTURE_QUALITY)
        return out.getvalue()
    except (OSError, ValueError, SyntaxError):
        return None


@cache
def fonts() -> tuple[str, str]:
    """Names of the normal and the bold font, once they are known to the library."""
    found = next((Path(folder) for folder in _FOLDERS if all((Path(folder) / name).is_file() for name in _DEJAVU)), None)
    files = [str(found / name) for name in _DEJAVU] if found else list(_VERA)
    names = ("Takt", "Takt-Bold")
    for name, file in zip(names, files, strict=True):
        pdfmetrics.registerFont(TTFont(name, file))
    return names


def _verdict(report: Report, strong: ParagraphStyle) -> Paragraph:
    style = ParagraphStyle("verdict", parent=strong, fontSize=12, leading=15, textColor=colors.HexColor(_COLOURS[report.verdict]))
    return Paragraph(f"{report.verdict.value}. {_text(report.why)}", style)


def _facts(heading: Heading, style: ParagraphStyle, strong: ParagraphStyle) -> Table:
    small, small_strong = (ParagraphStyle("fact", parent=each, fontSize=8) for each in (style, strong))
    cells = [(_cell(name, small_strong), _cell(value, small)) for name, value in heading.facts]
    if len(cells) % 2:
        cells.append((_cell("", strong), _cell("", style)))
    rows = [[*left, *right] for left, right in zip(cells[::2], cells[1::2], strict=True)]
    widths = (64, _WIDTH / 2 - 64) * 2
    return Table(rows, colWidths=widths, style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))


def _row(
    row: ReportRow, picture: bytes | None, style: ParagraphStyle, strong: ParagraphStyle, clock: Callable[[int], str]
) -> list[Flowable]:
    said = [f"Done at {clock(row.finished_at_ms)}." if row.verdict is not Verdict.NOT_DONE else f"Left at {clock(row.finished_at_ms)}."]
    benchmark = f" (benchmark {row.benchmark_s:g} s)" if row.benchmark_s else ""
    said.append(f"{row.working_ms / 1000:.1f} s{benchmark}")
    if row.label_name:
        said.append(f"Seen: {row.label_name}, {row.confidence:.0%} sure")
    if row.visits > 1:
        said.append(f"Begun {row.visits} times")
    if row.wrong_seen:
        said.append(f"Something wrong was shown {row.wrong_seen} times" if row.wrong_seen > 1 else "Something wrong was shown once")
    if row.remark:
        said.append(row.remark)
    name = row.name or f"Step {row.number}"
    step = [Paragraph(_text(name), strong), *(_cell(line, style) for line in said)]
    verdict = ParagraphStyle("step verdict", parent=strong, textColor=colors.HexColor(_COLOURS[row.verdict]))
    number = str(row.number) if row.number else ""
    return [
        _cell(number, strong),
        _picture(picture, style),
        step,
        [_cell(line, style) for line in row.captured or ("–",)],
        [_cell(line, style) for line in row.torque or ("–",)],
        Paragraph(row.verdict.value, verdict),
    ]


def _picture(jpeg: bytes | None, style: ParagraphStyle) -> Flowable:
    if jpeg is None:
        return _cell("No picture", style)
    return Image(io.BytesIO(jpeg), width=_COLUMNS[1] - 8, height=75, kind="proportional")


def _signatures(style: ParagraphStyle) -> Table:
    gap, line = 20, (_WIDTH - 20) / 2
    rows = [
        ["", "", ""],
        [_cell(f"{_SIGNERS[0]}: name, date, signature", style), "", _cell(f"{_SIGNERS[1]}: name, date, signature", style)],
    ]
    ruled = TableStyle([("LINEBELOW", (0, 0), (0, 0), 0.7, colors.black), ("LINEBELOW", (2, 0), (2, 0), 0.7, colors.black)])
    return Table(rows, colWidths=(line, gap, line), rowHeights=(24, 16), style=ruled)


def _grid() -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#b8bec6")),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef1f4")),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
    )


def _cell(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(_text(text), style)


def _text(text: str) -> str:
    """Text that a paragraph takes as it is: what looks like a tag of the library's is none."""
    return escape(_plain(text))


def _plain(text: str) -> str:
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean if len(clean) <= LONGEST_NAME else clean[: LONGEST_NAME - 1] + "…"
