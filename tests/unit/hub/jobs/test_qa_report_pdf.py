"""The paper of a QA report: what it takes, and that it is the same each time."""

import io

import pypdfium2
import pytest
from PIL import Image

from hub.coaching.qa_report import report_of
from hub.jobs import qa_report_pdf
from hub.jobs.qa_report_pdf import PICTURE_PX, Heading, draw, fonts, shrink
from tests.support.records import a_record, a_result
from tests.support.stored import AT_MS

HEADING = Heading("QA report", "r1", (("Operator", "Ада Ωmega\u0000\u202e<para>"), ("One", "fact")))


def jpeg(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "JPEG")
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    finally:
        document.close()


def drawn(name: str = "Fit part 1", pictures: dict[int, bytes] | None = None) -> bytes:
    report = report_of(a_record("acme", "r1", results=(a_result(10, AT_MS, 5, name=name),), steps_total=1))
    return draw(HEADING, report, pictures or {}, str)


def test_the_same_report_is_the_same_bytes() -> None:
    picture = shrink(jpeg(1280, 720))
    assert picture is not None
    assert drawn(pictures={10: picture}) == drawn(pictures={10: picture})


def test_letters_of_other_alphabets_are_told_and_nothing_is_taken_for_a_tag() -> None:
    text = text_of(drawn("</para><img src='http://127.0.0.1/x'/> Ż&amp;"))
    for said in ("Ада Ωmega", "<para>", "Ż&amp;"):
        assert said in text
    assert "http://127.0.0.1/x" in text.replace("\r\n", "")


def test_without_installed_fonts_the_library_s_own_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa_report_pdf, "_FOLDERS", ("/nowhere",))
    fonts.cache_clear()
    try:
        assert "Fit part 1" in text_of(drawn())
    finally:
        fonts.cache_clear()


def test_pictures_are_made_as_small_as_they_are_printed() -> None:
    for size, mode in (((1920, 1080), "RGB"), ((300, 4000), "L"), ((20, 10), "CMYK")):
        small = shrink(jpeg(*size, mode))
        assert small is not None
        with Image.open(io.BytesIO(small)) as picture:
            assert picture.width <= PICTURE_PX[0]
            assert picture.height <= PICTURE_PX[1]
            assert picture.mode == "RGB"


def test_what_is_no_picture_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    png = io.BytesIO()
    Image.new("RGB", (10, 10)).save(png, "PNG")
    for content in (b"", b"\xff\xd8\xff\xe0broken", jpeg(100, 100)[:300], png.getvalue()):
        assert shrink(content) is None
    monkeypatch.setattr(qa_report_pdf, "MOST_PIXELS", 99)
    assert shrink(jpeg(10, 10)) is None
