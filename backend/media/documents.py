"""Documents: what they are is read from their inside, and what could act by itself is refused."""

import re
import zipfile
import zlib
from pathlib import Path

from backend.core.errors import AppError
from backend.media.rules import DOCX, MAX_PARTS, MAX_UNPACKED_BYTES, PDF, XLSX

TAIL_BYTES = 2048
# what names the kind of document in the table of contents of its package; its macro-carrying twin is named otherwise
MAIN_PARTS = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"spreadsheetml.sheet.main+xml": XLSX,
}
CONTENTS, SETTINGS = "[Content_Types].xml", "word/_rels/settings.xml.rels"
MACROS = ("vbaproject.bin", "vbadata.xml", "activex")
FETCHED_TEMPLATE = re.compile(rb'attachedTemplate"[^>]*Target="\s*(https?:|\\\\)', re.IGNORECASE)
ACTING = re.compile(rb"/(JavaScript|Launch|RichMedia)\b")
PACKED = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)


def document_type(place: Path, content_type: str) -> str | None:
    """The type of a PDF or of what lies packed in a ZIP; None for any other package.

    Raises 415 for what cannot be opened or could act by itself (macros, scripts). A look, no proof: what a script
    hides in parts of its own making is left to the reader's program, which opens our files as downloads only.
    """
    if content_type == PDF:
        _look_into_pdf(place.read_bytes())
        return PDF
    try:
        with zipfile.ZipFile(place) as package:
            return _office_type(package)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise _unreadable() from None


def _look_into_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-TAIL_BYTES:]:
        raise _unreadable()
    if ACTING.search(content) or any(ACTING.search(part) for part in _packed_objects(content)):
        raise _acting()


def _packed_objects(content: bytes) -> list[bytes]:
    """The objects that newer files keep compressed, as far as they can be unpacked."""
    left, found = MAX_UNPACKED_BYTES, []
    for match in PACKED.finditer(content):
        unpack = zlib.decompressobj()
        try:
            found.append(unpack.decompress(content[match.end() :], max(left, 1)))
        except zlib.error:
            continue
        left -= len(found[-1])
        if left <= 0:
            raise _unreadable()
    return found


def _office_type(package: zipfile.ZipFile) -> str | None:
    parts = package.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _unreadable()
    names = {part.filename for part in parts}
    if CONTENTS not in names:
        return None
    if any(word in name.lower() for name in names for word in MACROS):
        raise _acting()
    if SETTINGS in names and FETCHED_TEMPLATE.search(package.read(SETTINGS)):
        raise _acting()
    contents = package.read(CONTENTS)
    return next((found for part, found in MAIN_PARTS.items() if part in contents), None)


def _unreadable() -> AppError:
    return AppError("unreadable_media", "文件无法打开，可能已损坏或加了密码，请换一个", status=415)


def _acting() -> AppError:
    return AppError("active_document", "文件里有宏或脚本，请另存为不带宏的文档或 PDF 再上传", status=415)
