"""Uploads: looked at before they are kept, and kept only once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import AppError, NotFound, invalid_field
from backend.core.files import HEAD_BYTES, ZIP, FileStore, StoredFile, TooManyBytes, content_type, write_stream
from backend.media.documents import document_type
from backend.media.models import Media, MediaKind, MediaState
from backend.media.pictures import rewrite_picture, write_thumbnail
from backend.media.rules import DOCX, MAX_UPLOAD_BYTES, RULE_OF_TYPE
from backend.media.sound import length_ms

KIND_NAMES = {MediaKind.AUDIO: "音频", MediaKind.PICTURE: "图片", MediaKind.DOCUMENT: "文档"}


@dataclass(frozen=True)
class Findings:
    """What a look into a file showed."""

    kind: MediaKind
    content_type: str
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    thumbnail: str | None = None


def upload_media(stream: IO[bytes], *, store: FileStore, uploader_id: int, now: datetime) -> Media:
    """Check a file by its content and keep it; the same bytes from the same person give the same media.

    Raises 413 over the limit of its kind, 415 for another type or a broken file, 422 for an empty one.
    """
    with store.draft() as received:
        _receive(stream, received)
        return take_in(received, store=store, uploader_id=uploader_id, now=now)


def take_in(received: Path, *, store: FileStore, uploader_id: int, now: datetime) -> Media:
    """Check a draft by its content, keep it and register it; refuses as `upload_media` does."""
    with store.draft() as rewritten, store.draft() as small:
        found = _look_into(received)
        thumbnail = None
        if found.kind is MediaKind.PICTURE:
            width, height = rewrite_picture(received, rewritten, found.content_type)
            thumbnail = store.keep(small).name if write_thumbnail(rewritten, small) else None
            stored = store.keep(rewritten)
            found = Findings(found.kind, found.content_type, width=width, height=height, thumbnail=thumbnail)
        else:
            stored = store.keep(received)
    media = in_unit_of_work(lambda: _register(stored, found, uploader_id, now))
    for name, kept in ((stored.name, media.file_name), (thumbnail, media.thumbnail)):
        if name is not None and name != kept:
            store.delete(name)
    return media


def _receive(stream: IO[bytes], received: Path) -> None:
    try:
        write_stream(stream, received, limit=MAX_UPLOAD_BYTES)
    except TooManyBytes:
        raise AppError("too_large", "文件太大，最多 50 MB", status=413) from None


def _look_into(place: Path) -> Findings:
    size = place.stat().st_size
    if not size:
        raise AppError("empty_file", "文件是空的，请重新选择", status=422)
    with place.open("rb") as file:
        found = content_type(file.read(HEAD_BYTES))
    # every package is as large as a document may be, whatever turns out to be in it
    rule = RULE_OF_TYPE.get(DOCX if found == ZIP else found or "")
    if found is None or rule is None:
        raise _unsupported()
    if size > rule.max_bytes:
        raise AppError("too_large", f"文件太大，{KIND_NAMES[rule.kind]}最多 {rule.max_megabytes} MB", status=413)
    if rule.kind is MediaKind.DOCUMENT:
        found = document_type(place, found)
        if found is None:
            raise _unsupported()
    return Findings(rule.kind, found, length_ms(place, found) if rule.kind is MediaKind.AUDIO else None)


def _unsupported() -> AppError:
    return AppError("unsupported_media_type", "只接受 " + _accepted() + " 文件", status=415)


def _accepted() -> str:
    return "、".join(sorted({rule.types[name] for name, rule in RULE_OF_TYPE.items()}))


def _register(stored: StoredFile, found: Findings, uploader_id: int, now: datetime) -> Media:
    same: Media | None = Media.get_or_none(Media.uploader == uploader_id, Media.sha256 == stored.sha256)
    if same is not None:
        # the purge counts from the last upload
        Media.update(created_at=now).where(Media.id == same.id).execute()
        return same
    media: Media = Media.create(
        public_id=new_public_id(),
        uploader=uploader_id,
        kind=found.kind,
        content_type=found.content_type,
        file_name=stored.name,
        thumbnail=found.thumbnail,
        size=stored.size,
        sha256=stored.sha256,
        duration_ms=found.duration_ms,
        width=found.width,
        height=found.height,
        created_at=now,
    )
    return media


def find_media(public_id: str) -> Media:
    """The media with this id; raises NotFound."""
    media: Media | None = Media.get_or_none(Media.public_id == public_id)
    if media is None:
        raise NotFound()
    return media


def find_shown(public_id: str) -> Media:
    """The same for whoever holds a link; NotFound once its uploader has withdrawn the consent to show it."""
    media = find_media(public_id)
    if media.moderation == MediaState.WITHHELD:
        raise NotFound()
    return media


def place_of(name: str, store: FileStore) -> Path:
    """Where the bytes lie; raises NotFound when the file was lost."""
    if store.stat(name) is None:
        raise NotFound()
    return store.path(name)


def find_pictures(
    public_ids: Sequence[str], *, uploader_id: int, in_use: pw.Expression | None = None, field: str
) -> list[int]:
    """Row ids of pictures that this person uploaded, or that are `in_use` there already, in the order named.

    422 on `field` when one is nothing of the kind or did not pass its check.
    """
    return find_files(public_ids, MediaKind.PICTURE, uploader_id=uploader_id, in_use=in_use, field=field)


def find_files(
    public_ids: Sequence[str], kind: MediaKind, *, uploader_id: int, in_use: pw.Expression | None, field: str
) -> list[int]:
    """The same for files of another kind."""
    wanted = list(dict.fromkeys(public_ids))
    if not wanted:
        return []
    own: pw.Expression = Media.uploader == uploader_id
    rows = Media.select(Media.public_id, Media.id, Media.moderation).where(
        Media.public_id.in_(wanted), Media.kind == kind, own if in_use is None else own | in_use
    )
    found = {public_id: (number, state) for public_id, number, state in rows_of(rows)}
    if len(found) != len(wanted):
        raise invalid_field(field, "unknown_media", f"请先上传{KIND_NAMES[kind]}，再填写它的编号")
    if any(state == MediaState.REFUSED for _, state in found.values()):
        raise invalid_field(field, "refused_media", f"有{KIND_NAMES[kind]}没有通过内容检查，请换一个")
    return [found[public_id][0] for public_id in wanted]


def find_uploaded(public_id: str, *, kind: MediaKind, uploader_id: int, field: str) -> Media:
    """What this person uploaded, for use in a resource; 422 on `field` for anything else."""
    media: Media | None = Media.get_or_none(Media.public_id == public_id, Media.uploader == uploader_id)
    if media is None or media.kind != kind:
        raise invalid_field(field, "unknown_media", f"请先上传{KIND_NAMES[kind]}，再填写它的编号")
    if media.moderation == MediaState.REFUSED:
        raise invalid_field(field, "refused_media", "这个文件没有通过内容检查，请换一个")
    return media
