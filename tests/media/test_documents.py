"""Documents: known by their inside, limited, never carrying what could act, and opened as downloads only."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from fpdf import FPDF

from backend.media import rules
from backend.media.rules import DOCX, MEGABYTE, PDF, XLSX
from tests.cast import Person, World
from tests.media.conftest import Files

Clients = Callable[[Person], Files]
MAIN = {
    "docx": ("word/document.xml", DOCX + ".main+xml"),
    "xlsx": ("xl/workbook.xml", XLSX + ".main+xml"),
    "docm": ("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
}


def pdf(*, extra: bytes = b"") -> bytes:
    """One page, as a printer driver writes it, with something added in front of its end."""
    made = FPDF()
    made.add_page()
    whole = bytes(made.output())
    head, mark, tail = whole.rpartition(b"%%EOF")
    return head + extra + mark + tail


def office(form: str, **parts: bytes) -> bytes:
    """The least that a word processor or a spreadsheet would know as its own, and more parts by name."""
    main, kind = MAIN[form]
    contents = f'<Types><Override PartName="/{main}" ContentType="{kind}"/></Types>'
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", contents)
        package.writestr(main, b"<document/>")
        for name, content in parts.items():
            package.writestr(name, content)
    return kept.getvalue()


def spreadsheet() -> bytes:
    """A spreadsheet as a library writes it."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        book.add_worksheet("名册").write(0, 0, "姓名")
    return kept.getvalue()


def template_from(address: str) -> bytes:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    return f'<Relationship Id="r" Type="{kind}" Target="{address}" TargetMode="External"/>'.encode()


SETTINGS = "word/_rels/settings.xml.rels"
SCRIPT = b"1 0 obj <</S /JavaScript /JS (app.alert)>> endobj\n"
PACKED = b"<</Type /ObjStm /Length 9>>\nstream\n" + zlib.compress(SCRIPT) + b"\nendstream\n"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (pdf(), PDF),
        (office("docx"), DOCX),
        (spreadsheet(), XLSX),
        (office("docx", **{SETTINGS: template_from("file:///C:/Templates/公文.dotx")}), DOCX),
    ],
    ids=["pdf", "docx", "xlsx", "docx with a template of its own machine"],
)
def test_a_document_is_known_by_its_inside(world: World, files: Clients, content: bytes, content_type: str) -> None:
    answer = files(world.people["secretary"]).upload(content, "没有用的名字.exe")
    assert answer.status == 201, answer.json
    data = answer.json["data"]
    assert (data["kind"], data["content_type"], data["size"]) == ("document", content_type, len(content))
    assert (data["duration_s"], data["width"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf(extra=SCRIPT), "active_document"),
        (pdf(extra=b"1 0 obj <</S /Launch /F (cmd.exe)>> endobj\n"), "active_document"),
        (pdf(extra=PACKED), "active_document"),
        (office("docx", **{"word/vbaProject.bin": b"macro"}), "active_document"),
        (office("xlsx", **{"xl/activeX/activeX1.xml": b"x"}), "active_document"),
        (office("docx", **{SETTINGS: template_from("https://example.com/a.dotm")}), "active_document"),
        (office("docm"), "unsupported_media_type"),
        (b"%PDF-1.7 and nothing else", "unreadable_media"),
        (office("docx")[:-30], "unreadable_media"),
        (b"PK\x03\x04" + bytes(500), "unreadable_media"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported_media_type"),
    ],
    ids=["script", "launch", "packed script", "macro", "activex", "fetched template", "docm", "torn pdf", "torn docx",
         "no package", "old doc"],
)  # fmt: skip
def test_what_could_act_or_cannot_be_opened_is_refused(world: World, files: Clients, content: bytes, code: str) -> None:
    answer = files(world.people["secretary"]).upload(content)
    assert (answer.status, answer.json["code"]) == (415, code)
    assert answer.json["message"]


def test_a_package_of_another_kind_is_no_document(world: World, files: Clients) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as package:
        package.writestr("readme.txt", "x")
    assert files(world.people["secretary"]).upload(kept.getvalue()).json["code"] == "unsupported_media_type"


def test_a_bomb_and_a_giant_are_refused(world: World, files: Clients) -> None:
    client = files(world.people["secretary"])
    bomb = office("docx", **{f"word/media/{n}.bin": bytes(21 * MEGABYTE) for n in range(10)})
    assert len(bomb) < MEGABYTE
    assert client.upload(bomb).json["code"] == "unreadable_media"
    many = office("docx", **{f"word/{n}.xml": b"" for n in range(rules.MAX_PARTS)})
    assert client.upload(many).json["code"] == "unreadable_media"
    giant = client.upload(pdf(extra=b"%" * 20 * MEGABYTE))
    assert (giant.status, giant.json["code"]) == (413, "too_large")
    assert "20 MB" in giant.json["message"]


def test_a_document_opens_as_a_download(app: Flask, world: World, files: Clients, clock: Any) -> None:
    from backend.media.links import link_to
    from backend.media.models import Media

    client = files(world.people["secretary"])
    content = pdf()
    kept = Media.get(Media.public_id == client.upload(content).json["data"]["id"])
    answer = client.read(str(link_to(kept, now=clock())))
    assert (answer.status, answer.content, answer.headers["Content-Type"]) == (200, content, PDF)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={kept.public_id}.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
